import Answering
import Diffusion
import Foundation
import Imaging
import Platform
import TensorCore
import Testing
import VisionTasks

@Suite struct AnswerRecordTests {
  /// Digests of the xxhash library (3.x, `xxh64_hexdigest`).
  @Test func digestsAreTheLibrarys() {
    let inputs: [([UInt8], String)] = [
      ([], "ef46db3751d8e999"), (Array("abc".utf8), "44bc2cf5ad770999"),
      (Array(0..<101), "e99038495f85381e"),
      ((0..<1000).map { UInt8($0 * 7 % 256) }, "25275608a9cfc168"),
    ]
    for (bytes, expected) in inputs {
      var whole = ContentDigest()
      whole.update(bytes)
      #expect(whole.text == expected)
      // Pieces of any size give the same.
      for size in [1, 7, 31, 32, 33, 500] {
        var pieces = ContentDigest()
        for start in stride(from: 0, to: bytes.count, by: size) {
          pieces.update(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(pieces.text == expected)
      }
    }
  }

  @Test func digestsTellSizesAndPixelsApart() {
    let picture = Image(width: 6, height: 4, filledWith: .white)
    var other = picture
    other[5, 3] = Color(255, 255, 254)
    let turned = Image(width: 4, height: 6, filledWith: .white)
    #expect(ContentDigest.of(picture) == ContentDigest.of(picture))
    #expect(
      Set([picture, other, turned].map { ContentDigest.of($0) }).count == 3)
  }

  @Test func recordsComeBackFromPictures() throws {
    try inScratchFolder { folder in
      for text in [
        "Segment the dog", "Estimate the depth of this image",
        "Display blue if the image contains a café \"au lait\" \u{1F600}, else display red",
      ] {
        let record = try sampleRecord(text)
        let path = folder + "/answer.png"
        try PNG.write(
          Image(width: 3, height: 2), to: path, text: [(AnswerRecord.keyword, record.text())])
        #expect(try AnswerRecord.read(path) == record)
        #expect(try AnswerRecord.read(path).text() == record.text())
      }
    }
  }

  @Test func otherPicturesAndDamagedRecordsAreReported() throws {
    try inScratchFolder { folder in
      let good = try sampleRecord("Segment the dog").text()
      let texts = [
        nil, "", "{}", "[1]", good.replacing("\"format\":1", with: "\"format\":2"),
        good.replacing("\"steps\":100", with: "\"steps\":-5"),
        good.replacing("euler-ancestral", with: "sleepwalk"),
        good.replacing("Segment the dog", with: " "),
        good.replacing("\"segmentation\"", with: "\"poetry\""), String(good.dropLast(3)),
      ]
      for text in texts {
        let path = folder + "/answer.png"
        try PNG.write(
          Image(width: 3, height: 2), to: path,
          text: text.map { [(AnswerRecord.keyword, $0)] } ?? [])
        let error = #expect(throws: ReportableError.self) { try AnswerRecord.read(path) }
        #expect(error?.code == .badData)
        #expect(error?.path == path)
      }
    }
  }

  @Test func settingsOfOtherRunsDiffer() throws {
    let record = try sampleRecord("Segment the dog")
    var other = record
    other.version = "9"
    other.kernels = "avx2"
    #expect(record.asksTheSame(as: other))
    other.settings.seed = 1
    #expect(!record.asksTheSame(as: other))
  }

  @Test func theGeneratorIsASetting() throws {
    var record = try sampleRecord("Segment the dog")
    // Records from before there was a choice.
    let text = try record.text()
    #expect(text.contains(#""rng":"philox","#))
    let earlier = text.replacing(#""rng":"philox","#, with: "")
    #expect(try JSONDecoder().decode(AnswerRecord.self, from: Data(earlier.utf8)) == record)

    let philox = record
    record.settings.rng = "torch"
    #expect(!record.asksTheSame(as: philox))
    #expect(
      try JSONDecoder().decode(AnswerRecord.self, from: Data(record.text().utf8)) == record)
    for name in AnswerSettings.rngNames {
      record.settings.rng = name
      try record.settings.validate()
    }
    record.settings.rng = "dice"
    let error = #expect(throws: ReportableError.self) { try record.settings.validate() }
    #expect(error?.code == .usage && error?.message.contains("philox, torch") == true)
  }

  @Test func noiseIsOfTheNamedGenerator() {
    var settings = AnswerSettings(.standard)
    let shape: Shape = [2, 3, 2, 4]
    func drawn(_ source: any NoiseSource) -> [Float] {
      var source = source
      return source.draw(shape).floats
    }
    #expect(
      drawn(settings.noise(seeds: [3, 9]))
        == drawn(SeededNoise([3, 9].map { RandomStream(seed: $0) })))
    settings.rng = "torch"
    #expect(
      drawn(settings.noise(seeds: [3, 9]))
        == drawn(TorchNoise([3, 9].map { TorchGenerator(seed: $0) })))
  }
}

/// A record of an answer about `picture` at `path`.
func sampleRecord(
  _ text: String, about path: String = "a.png", picture: Image = Image(width: 3, height: 2)
) throws -> AnswerRecord {
  AnswerRecord(
    version: "1.2.3", kernels: "baseline",
    input: AnswerRecord.Input(path: path, picture: picture),
    model: AnswerRecord.Model(name: "default", digest: "0123"),
    instruction: try InstructionParser().instruction(from: text),
    settings: AnswerSettings(.standard, seed: .max))
}

/// Calls `body` with an empty folder that is removed afterwards.
func inScratchFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("answering-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}
