import Answering
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct AnswerWritingTests {
  private let picture = Image(width: 3, height: 2)
  private let answer = TaskAnswer.segmentation(
    SegmentationAnswer(mask: Mask(width: 3, height: 2, repeating: true)))

  private func write(_ files: AnswerFiles, _ record: AnswerRecord) throws -> AnswerFiles {
    try files.write(picture, answer: answer, record: record, picture: picture)
  }

  @Test func interruptedWritingNeverCountsAsFinished() throws {
    try inScratchFolder { folder in
      let files = AnswerFiles(all: "a", in: folder, for: .segmentation)
      let earlier = try sampleRecord("Segment the dog")
      #expect(try write(files, earlier) == files)
      #expect(files.hold(earlier))

      // Whichever part fails, neither the old answer nor the new one is taken for complete.
      var wanted = earlier
      for part: WritableKeyPath<AnswerFiles, String?> in [\.mask, \.overlay, \.json] {
        _ = try write(files, wanted)
        wanted.settings.seed -= 1
        var broken = files
        broken[keyPath: part] = folder + "/none/x.png"
        if part == \.json {
          #expect(unlink(files.json ?? "") == 0)
        } else {
          broken.json = files.json
        }
        #expect(throws: ReportableError.self) { try write(broken, wanted) }
        #expect(!files.hold(wanted))
        #expect(try AnswerRecord.read(files.answer) == wanted)
        #expect(!FileManager.default.fileExists(atPath: files.json ?? ""))
      }
      _ = try write(files, wanted)
      #expect(files.hold(wanted))
    }
  }

  @Test func unnamedAnswersReplaceNothing() throws {
    try inScratchFolder { folder in
      let stem = folder + "/a-answer"
      // Both look before either writes, as two runs at the same time do.
      var first = AnswerFiles(freeStem: stem)
      let second = AnswerFiles(freeStem: stem)
      #expect(first.answer == stem + ".png" && second.answer == first.answer)
      first.json = folder + "/a.json"
      var record = try sampleRecord("Segment the dog")
      record.settings.seed = 1
      _ = try write(second, record)
      record.settings.seed = 2
      let written = try write(first, record)
      #expect(written.answer == stem + "-2.png")
      #expect(try AnswerRecord.read(stem + ".png").settings.seed == 1)
      #expect(try AnswerRecord.read(stem + "-2.png").settings.seed == 2)
      #expect(try InputFile.text(at: folder + "/a.json").contains("a-answer-2.png"))

      // A link that leads nowhere keeps its name, too.
      try FileManager.default.createSymbolicLink(
        atPath: stem + "-3.png", withDestinationPath: folder + "/none")
      #expect(AnswerFiles(freeStem: stem).answer == stem + "-4.png")
      #expect(try write(first, record).answer == stem + "-4.png")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
          "a-answer-2.png", "a-answer-3.png", "a-answer-4.png", "a-answer.png", "a.json",
        ])
    }
  }

  @Test func onlyDeadRunsFilesAreRemoved() throws {
    try inScratchFolder { folder in
      let instruction = try AnswerJob.instruction("Segment the dog", task: nil)
      let jobs = ["a", "b.1"].map {
        AnswerJob(name: $0, image: "\(folder)/\($0).png", instruction: instruction)
      }
      // Numbers of processes that can't exist, of the first one, and of this one's former life.
      let (dead, living, own) = (pid_t.max, 1, getpid())
      let abandoned = [
        "a-answer.png.\(dead).partial", "a.json.\(dead).partial", "b.1-depth.npy.\(own).partial",
      ]
      let kept = [
        "a-mask.png.\(living).partial", "c-answer.png.\(dead).partial", "a-answer.png.partial",
        "a-answer.png.-5.partial", "a.txt.\(dead).partial", "\(dead).partial", "a-answer.png",
      ]
      for name in abandoned + kept { try AtomicFile.write("x", to: folder + "/" + name) }
      AbandonedFiles.remove(of: jobs, in: folder)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == kept.sorted())
      AbandonedFiles.remove(of: jobs, in: folder + "/none")
    }
  }
}
