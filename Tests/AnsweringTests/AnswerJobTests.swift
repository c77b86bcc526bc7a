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
      // Where two differ in their extensions only, all keep theirs.
      #expect(jobs.map(\.name) == ["a.jpg", "b.PNG", "c.jpeg", "c.png"])
      #expect(throws: ReportableError.self) {
        try AnswerJob.all(inFolder: folder + "/a.jpg", instruction: instruction)
      }
    }
  }

  @Test(arguments: [
    ["a.png": "a", "b.jpg": "b", "c.d.png": "c.d"],
    ["a.png": "a.png", "a.jpg": "a.jpg", "a.png.png": "a.png.png", "b.png": "b.png"],
    ["a.JPG": "a.JPG", "a.jpg": "a.jpg", "a.jpg.jpeg": "a.jpg.jpeg"],
  ])
  func picturesOfAFolderHaveTheirOwnNames(_ names: [String: String]) throws {
    try inScratchFolder { folder in
      let instruction = try AnswerJob.instruction("Segment the dog", task: nil)
      for name in names.keys { try AtomicFile.write("x", to: folder + "/" + name) }
      let jobs = try AnswerJob.all(inFolder: folder, instruction: instruction)
      let found = Dictionary(
        uniqueKeysWithValues: jobs.map { (String($0.image.dropFirst(folder.count + 1)), $0.name) })
      #expect(found == names)
    }
  }

  @Test func longNamesAreTheirPicturesFailure() throws {
    try inScratchFolder { folder in
      let instruction = try AnswerJob.instruction("Segment the dog", task: nil)
      let long = String(repeating: "é", count: 120)
      try AtomicFile.write("x", to: folder + "/a.png")
      // A temporary name would not fit.
      try FileManager.default.copyItem(
        atPath: folder + "/a.png", toPath: "\(folder)/\(long).png")
      let jobs = try AnswerJob.all(inFolder: folder, instruction: instruction)
      #expect(jobs.map(\.name) == ["a", long])
      try jobs[0].checkNameLength()
      let error = #expect(throws: ReportableError.self) { try jobs[1].checkNameLength() }
      #expect(error?.code == .badData && error?.path == jobs[1].image)
      #expect(error?.message.contains("240 bytes") == true)

      let path = folder + "/jobs.jsonl"
      try AtomicFile.write(
        #"{"image": "a.png", "instruction": "Segment it", "name": "\#(long)"}"#, to: path)
      let listed = #expect(throws: ReportableError.self) { try AnswerJob.list(path) }
      #expect(listed?.path == path && listed?.message.contains("line 1: ") == true)
    }
  }

  @Test func byteOrderMarksAreSkipped() throws {
    try inScratchFolder { folder in
      try PNG.write(Image(width: 2, height: 2), to: folder + "/a.png")
      let path = folder + "/jobs.jsonl"
      try AtomicFile.write(
        "\u{feff}" + #"{"image": "a.png", "instruction": "Segment it", "name": "n"}"#, to: path)
      #expect(try AnswerJob.list(path).map(\.name) == ["n"])
      try AtomicFile.write("\u{feff}\n", to: path)
      #expect(throws: ReportableError.self) { try AnswerJob.list(path) }
    }
  }

  @Test func endlessInstructionsAreRefused() {
    let accents = "Segment the dog" + String(repeating: "\u{301}", count: 1 << 20)
    for text in ["", "  \n", String(repeating: "dog ", count: 2500), accents] {
      let error = #expect(throws: ReportableError.self) {
        try AnswerJob.instruction(text, task: .segmentation)
      }
      #expect(error?.code == .usage)
      #expect((error?.description.count ?? 1000) < 400)
    }
  }
}
