import Foundation
import Imaging
import Platform
import TensorCore
import Testing

@Suite struct PNGRoundTripTests {
  @Test(arguments: [PNG.Effort.fast, .balanced, .smallest], [(1, 1), (3, 2), (17, 5), (64, 61)])
  func picturesSurvive(_ effort: PNG.Effort, _ size: (width: Int, height: Int)) throws {
    let image = samplePicture(width: size.width, height: size.height, seed: 1)
    let folder = try TemporaryFolder()
    try PNG.write(image, to: folder.file("a.png"), effort: effort)
    #expect(try PictureFile.read(folder.file("a.png")) == image)

    let grey = Plane(width: size.width, height: size.height, elements: greyOf(image))
    try PNG.write(grey, to: folder.file("b.png"), effort: effort)
    #expect(try PNG.readIndices(folder.file("b.png")) == grey)

    let deep = grey.map { UInt16($0) * 251 + 7 }
    try PNG.write(deep, to: folder.file("c.png"), effort: effort)
    #expect(try PNG.readGray16(folder.file("c.png")) == deep)
  }

  @Test func textsSurviveInTheirOrder() throws {
    let texts: [(keyword: String, text: String)] = [
      ("Instruction", "mark the cat's pixels in blue"), ("seed", "42"), ("seed", "43"),
      ("Comment", "größer\n- zweite Zeile"), ("Prompt", "描出这只猫 🐈"), ("empty", ""),
    ]
    let image = samplePicture(width: 9, height: 4, seed: 2)
    let bytes = try PNG.encode(image, text: texts)
    #expect(try PictureFile.decode(bytes) == image)
    let read = try PNG.text(in: bytes)
    #expect(read.map(\.keyword) == texts.map(\.keyword))
    #expect(read.map(\.text) == texts.map(\.text))
  }

  @Test(arguments: ["", " a", "a ", "a  b", "a\nb", "日本", String(repeating: "k", count: 80)])
  func refusesImpossibleKeywords(_ keyword: String) {
    #expect(throws: ReportableError.self) {
      try PNG.encode(Image(width: 1, height: 1), text: [(keyword, "x")])
    }
  }

  @Test func refusesOtherSamplesThanAskedFor() throws {
    let folder = try TemporaryFolder()
    try PNG.write(Image(width: 2, height: 2), to: folder.file("rgb.png"))
    try PNG.write(Plane<UInt8>(width: 2, height: 2, repeating: 3), to: folder.file("8.png"))
    try PNG.write(Plane<UInt16>(width: 2, height: 2, repeating: 3), to: folder.file("16.png"))
    #expect(throws: ReportableError.self) { try PNG.readIndices(folder.file("rgb.png")) }
    #expect(throws: ReportableError.self) { try PNG.readIndices(folder.file("16.png")) }
    #expect(throws: ReportableError.self) { try PNG.readGray16(folder.file("8.png")) }
    #expect(throws: ReportableError.self) { try PNG.readGray16(folder.file("rgb.png")) }
    #expect(throws: ReportableError.self) { try PNG.readGray16(folder.file("none.png")) }
  }
}
