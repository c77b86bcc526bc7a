import Answering
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

@Suite struct AnswerJobTests {
  @Test func listsAreReadLineByLine() throws {
    try inScratchFolder { folder in
      try PNG.write(Image(width: 2, height: 2), to: folder + "/a b.png")
      let path = folder + "/jobs.jsonl"
      try AtomicFile.write(
        """
        {"image": "a b.png", "instruction": "Segment the dog"}\r

          {"image": "\(folder)/a b.png", "instruction": "hmm", "task": "depth", "seed": 7, "name": "n"}
        """, to: path)
      let jobs = try AnswerJob.list(path)
      #expect(jobs.map(\.name) == ["00001-a b", "n"])
      #expect(jobs.map(\.image) == [folder + "/a b.png", folder + "/a b.png"])
      #expect(jobs.map(\.instruction.task) == [.segmentation, .depth])
      #expect(jobs.map(\.seed) == [nil, 7])
    }
  }

  @Test func brokenLinesAreNamed() throws {
    try inScratchFolder { folder in
      try PNG.write(Image(width: 2, height: 2), to: folder + "/a.png")
      let good = #"{"image": "a.png", "instruction": "Segment the dog", "name": "same"}"#
      let lines: [(String, ReportableError.Code)] = [
        ("{", .badData), ("[]", .badData), ("null", .badData), (good + "x", .badData),
        (#"{"image": "a.png"}"#, .badData), (#"{"instruction": "Segment the dog"}"#, .badData),
        (#"{"image": "a.png", "instruction": ""}"#, .badData),
        (#"{"image": "a.png", "instruction": "What is the meaning of life"}"#, .badData),
        (#"{"image": "a.png", "instruction": "x", "task": "poetry"}"#, .badData),
        (#"{"image": "a.png", "instruction": "Segment the dog", "sed": 1}"#, .badData),
        (#"{"image": "a.png", "image": "a.png", "instruction": "Segment it"}"#, .badData),
        (#"{"image": "a.png", "instruction": "Segment the dog", "seed": -1}"#, .badData),
        (#"{"image": "a.png", "instruction": "Segment the dog", "name": "../x"}"#, .badData),
        (#"{"image": "b.png", "instruction": "Segment the dog"}"#, .missingInput), (good, .badData),
      ]
      for (line, code) in lines {
        let path = folder + "/jobs.jsonl"
        try AtomicFile.write(good + "\n" + line + "\n", to: path)
        let error = #expect(throws: ReportableError.self, "\(line)") { try AnswerJob.list(path) }
        #expect(error?.code == code, "\(line)")
        #expect(error?.path == path)
        #expect(error?.message.hasPrefix("line 2: ") == true, "\(error?.message ?? "")")
      }
      try AtomicFile.write("\n \n", to: folder + "/jobs.jsonl")
      #expect(throws: ReportableError.self) { try AnswerJob.list(folder + "/jobs.jsonl") }
      #expect(throws: ReportableError.self) { try AnswerJob.list(folder + "/none.jsonl") }
    }
  }

  @Test func foldersGiveTheirPicturesByName() throws {
    try inScratchFolder { folder in
      let instruction = try AnswerJob.instruction("Segment the dog", task: nil)
      for name in ["b.PNG", "a.jpg", "c.jpeg", "c.png", "notes.txt", ".hidden.png"] {
        try AtomicFile.write("x", to: folder + "/" + name)
      }
      let jobs = try AnswerJob.all(inFolder: folder, instruction: instruction)
      #expect(jobs.map(\.name) == ["a", "b", "c.jpeg", "c.png"])
      #expect(throws: ReportableError.self) {
        try AnswerJob.all(inFolder: folder + "/a.jpg", instruction: instruction)
      }
    }
  }

  @Test func endlessInstructionsAreRefused() {
    for text in ["", "  \n", String(repeating: "dog ", count: 2500)] {
      let error = #expect(throws: ReportableError.self) {
        try AnswerJob.instruction(text, task: .segmentation)
      }
      #expect(error?.code == .usage)
      #expect((error?.description.count ?? 1000) < 400)
    }
  }
}
