import Foundation
import Imaging
import Platform
import Testing

@Suite struct PictureFileTests {
  struct Case: Decodable {
    let name: String
    let file: String
    let size: [Int]
    let rgb: String
    let indices: String?
    let deep: String?
    let storedSize: [Int]?
    let stored: String?
  }

  struct Text: Decodable {
    let file: String
    let texts: [[String]]
  }

  struct Goldens: Decodable {
    let png: [Case]
    let jpeg: [Case]
    let oriented: [Case]
    let text: Text
  }

  private func image(_ size: [Int], _ base64: String) throws -> Image {
    Image(width: size[0], height: size[1], pixels: try bytes(base64))
  }

  private func largestDifference(_ a: Image, _ b: Image) -> Int {
    guard a.width == b.width, a.height == b.height else { return Int.max }
    return zip(a.pixels, b.pixels).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
  }

  @Test func everyKindOfPNG() throws {
    let folder = try TemporaryFolder()
    let cases = try golden("pictures", as: Goldens.self).png
    try #require(cases.count > 40)
    for test in cases {
      let content = try bytes(test.file)
      let difference = largestDifference(
        try PictureFile.decode(content), try image(test.size, test.rgb))
      #expect(difference == 0, "\(test.name)")
      let path = folder.file("a.png")
      try AtomicFile.write(content, to: path)
      if let indices = test.indices {
        #expect(try PNG.readIndices(path).elements == bytes(indices), "\(test.name)")
      } else {
        #expect(throws: ReportableError.self, "\(test.name)") { try PNG.readIndices(path) }
      }
      if let deep = test.deep {
        let raw = try bytes(deep)
        let expected = stride(from: 0, to: raw.count, by: 2).map {
          UInt16(raw[$0]) | UInt16(raw[$0 + 1]) << 8
        }
        #expect(try PNG.readGray16(path).elements == expected, "\(test.name)")
      } else {
        #expect(throws: ReportableError.self, "\(test.name)") { try PNG.readGray16(path) }
      }
    }
  }

  /// Decoders of other libjpeg versions may round differently, but not by more than one level.
  @Test func everyKindOfJPEG() throws {
    for test in try golden("pictures", as: Goldens.self).jpeg {
      let difference = largestDifference(
        try PictureFile.decode(bytes(test.file)), try image(test.size, test.rgb))
      #expect(difference <= 1, "\(test.name)")
    }
  }

  @Test func everyOrientation() throws {
    for test in try golden("pictures", as: Goldens.self).oriented {
      let content = try bytes(test.file)
      let upright = largestDifference(
        try PictureFile.decode(content), try image(test.size, test.rgb))
      #expect(upright <= 1, "\(test.name)")
      let stored = largestDifference(
        try PictureFile.decode(content, orientation: .stored),
        try image(try #require(test.storedSize), try #require(test.stored)))
      #expect(stored <= 1, "\(test.name), stored")
    }
  }

  @Test func textOfOtherWriters() throws {
    let test = try golden("pictures", as: Goldens.self).text
    let texts = try PNG.text(in: bytes(test.file))
    #expect(texts.map { [$0.keyword, $0.text] } == test.texts)
  }

  @Test func sixteenBitsAreRounded() throws {
    let levels = Plane<UInt16>(width: 256, height: 256, elements: (0...65535).map { UInt16($0) })
    let shown = try PictureFile.decode(PNG.encode(levels))
    let expected = levels.elements.map { UInt8((Double($0) * 255 / 65535).rounded()) }
    let isEqual = shown.channel(0).elements == expected
    #expect(isEqual)
  }

  @Test func jpegKeepsWhatItCan() throws {
    var image = Image(width: 64, height: 48, filledWith: Color(200, 90, 30))
    image.fillBox(Box(left: 16, top: 16, right: 47, bottom: 31), color: Color(20, 60, 180))
    let folder = try TemporaryFolder()
    try JPEG.write(image, to: folder.file("a.jpg"), quality: 95)
    let read = try PictureFile.read(folder.file("a.jpg"))
    let mean =
      zip(read.pixels, image.pixels).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) }
      / Double(image.pixels.count)
    #expect(mean < 4)
    #expect(try JPEG.encode(image, quality: 10).count < JPEG.encode(image, quality: 95).count)
    let large = samplePicture(width: 300, height: 200, seed: 6)
    let decoded = try PictureFile.decode(JPEG.encode(large, quality: 100))
    #expect(decoded.width == 300 && decoded.height == 200)
  }

  @Test func extremeSizesSurvive() throws {
    for (width, height) in [(1, 1), (8192, 1), (1, 8192)] {
      let image = samplePicture(width: width, height: height, seed: 12)
      let isEqual = try PictureFile.decode(PNG.encode(image, effort: .fast)) == image
      #expect(isEqual, "\(width)x\(height)")
      let jpeg = try PictureFile.decode(JPEG.encode(image))
      #expect(jpeg.width == width && jpeg.height == height)
    }
  }

  @Test func limitsAreCheckedOnTheHeader() throws {
    let png = try PNG.encode(Image(width: 40, height: 30))
    let jpeg = try JPEG.encode(Image(width: 40, height: 30))
    var small = PictureLimit.standard
    small.maximumSide = 39
    var few = PictureLimit.standard
    few.maximumPixelCount = 1199
    for content in [png, jpeg] {
      for limit in [small, few] {
        let error = #expect(throws: ReportableError.self) {
          try PictureFile.decode(content, limit: limit)
        }
        #expect(error?.message.contains("40x30") == true)
      }
    }
    let folder = try TemporaryFolder()
    try AtomicFile.write(png, to: folder.file("a.png"))
    var short = PictureLimit.standard
    short.maximumByteCount = png.count - 1
    #expect(throws: ReportableError.self) {
      try PictureFile.read(folder.file("a.png"), limit: short)
    }
  }
}
