import Answering
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

@Suite struct EarlierAnswersTests {
  private let picture = Image(width: 3, height: 2)

  /// What is said about the files of a job that asks about `image` in `folder`.
  private func complaint(
    _ folder: String, _ image: String, text: String = "Segment the dog", seed: UInt64 = .max,
    model: String = "0123"
  ) throws -> ReportableError? {
    var record = try sampleRecord(text)
    record.settings.seed = seed
    let job = AnswerJob(name: "a", image: image, instruction: record.instruction)
    do {
      try AnswerFiles(all: "a", in: folder, for: job.instruction.task).checkEarlier(
        job, settings: record.settings, model: AnswerRecord.Model(name: "default", digest: model))
      return nil
    } catch let error as ReportableError {
      #expect(error.code == .usage && error.message.contains("--overwrite"))
      return error
    }
  }

  @Test(arguments: ["a.json", "a-mask.png", "a-overlay.png", "a-answer.png"])
  func filesOfOthersAreNamed(_ name: String) throws {
    try inScratchFolder { folder in
      try PNG.write(picture, to: folder + "/in.png")
      #expect(try complaint(folder, folder + "/in.png") == nil)
      try PNG.write(picture, to: "\(folder)/\(name)")
      #expect(try complaint(folder, folder + "/in.png")?.path == "\(folder)/\(name)")
      // No file of another task is in the way.
      let depth = try complaint(folder, folder + "/in.png", text: "Estimate the depth")
      #expect((depth == nil) == (name == "a-mask.png"))
    }
  }

  @Test func answersToOtherQuestionsAreNamed() throws {
    try inScratchFolder { folder in
      let image = folder + "/in.png"
      try PNG.write(picture, to: image)
      try AnswerFiles(all: "a", in: folder, for: .segmentation).write(
        picture,
        answer: .segmentation(
          SegmentationAnswer(mask: Mask(width: 3, height: 2, repeating: true))),
        record: sampleRecord("Segment the dog", about: image), picture: picture)
      #expect(try complaint(folder, image) == nil)
      #expect(
        try complaint(folder, image, text: "Segment the cat")?.message.contains("instruction")
          == true)
      #expect(try complaint(folder, image, seed: 3)?.message.contains("settings") == true)
      #expect(try complaint(folder, image, model: "4567")?.message.contains("model") == true)

      // Moved is the same picture, changed is so as well; another one in another place is not.
      let other = folder + "/other.png"
      try PNG.write(picture, to: other)
      #expect(try complaint(folder, other) == nil)
      try PNG.write(Image(width: 5, height: 5), to: other)
      #expect(try complaint(folder, other)?.message.contains("about another picture") == true)
      try AtomicFile.write("broken", to: other)
      #expect(try complaint(folder, other) == nil)
      try PNG.write(Image(width: 5, height: 5), to: image)
      #expect(try complaint(folder, image) == nil)
    }
  }

  @Test func inputsAndFoldersAreSpared() throws {
    try inScratchFolder { folder in
      let files = AnswerFiles(all: "cat", in: folder, for: .segmentation)
      let input = folder + "/cat-overlay.png"
      try PNG.write(picture, to: input)
      let inputs = Set([input, folder + "/none.png"].compactMap { FileIdentity($0) })
      let error = #expect(throws: ReportableError.self) { try files.checkPlaces(sparing: inputs) }
      #expect(error?.code == .usage && error?.path == input)
      try files.checkPlaces(sparing: [])
      try FileManager.default.createDirectory(
        atPath: folder + "/cat.json", withIntermediateDirectories: true)
      let blocked = #expect(throws: ReportableError.self) { try files.checkPlaces(sparing: []) }
      #expect(blocked?.code == .inputOutput)
    }
  }
}
