import Foundation
import Imaging
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Whole runs on a random model; one at a time, so that they don't fight for the processor.
@Suite(.serialized) struct RunCommandTests {
  private let base = ["run", "--model", TinyModel.folder, "--quiet"]

  @Test(arguments: [
    "Segment the dog", "Detect the dog", "Estimate the depth of this image",
    "Display blue if the image contains a dog, else display red",
  ])
  func everyTaskIsAnsweredInNumbers(_ instruction: String) throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 45, height: 31), to: folder + "/in.png")
      var arguments =
        base + [
          "--image", "in.png", "--instruction", instruction, "--json", "a.json", "--overlay",
          "o.png",
        ]
      if instruction.hasPrefix("Segment") { arguments += ["--mask", "m.png"] }
      if instruction.contains("depth") { arguments += ["--depth", "d.png", "--depth", "d.npy"] }
      let outcome = try Program.run(arguments, in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.errors.isEmpty)
      #expect(outcome.output.hasSuffix("answer: in-answer.png\n"))
      for name in ["in-answer.png", "o.png"] {
        let picture = try PictureFile.read("\(folder)/\(name)")
        #expect(picture.width == 45 && picture.height == 31)
      }
      let json = try #require(
        try JSONSerialization.jsonObject(
          with: Data(InputFile.bytes(at: folder + "/a.json", maximumByteCount: 1 << 20)))
          as? [String: Any])
      #expect(json["width"] as? Int == 45 && json["height"] as? Int == 31)
      let answer = try #require(json["answer"] as? [String: Any])
      switch json["task"] as? String {
      case "segmentation":
        let runs = try #require(answer["mask"] as? [String: Any])
        let mask = try RunLengthMask(
          width: 45, height: 31, compressed: try #require(runs["counts"] as? String))
        let stored = try PNG.readIndices(folder + "/m.png")
        #expect(stored.elements == mask.mask.elements.map { $0 ? 255 : 0 })
        #expect(answer["area"] as? Int == mask.area)
      case "detection":
        #expect(answer["count"] as? Int == (answer["boxes"] as? [Any])?.count)
      case "depth":
        let millimetres = try PNG.readGray16(folder + "/d.png")
        let bytes = try InputFile.bytes(at: folder + "/d.npy", maximumByteCount: 1 << 20)
        let metres = bytes[128...].withUnsafeBytes { floats in
          (0..<(45 * 31)).map { floats.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        #expect(bytes.count == 128 + 4 * 45 * 31)
        #expect(millimetres.elements == metres.map { UInt16(($0 * 1000).rounded()) })
        #expect(answer["maximum_metres"] as? Double != nil)
      case "classification":
        #expect(answer["present"] as? Bool != nil)
        #expect(answer["positive_distance"] as? Double != nil)
        #expect(answer["negative_distance"] as? Double != nil)
      default: Issue.record("no task in \(json)")
      }
    }
  }

  @Test func oneSeedGivesOnePictureOnAnyNumberOfThreads() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 70, height: 50), to: folder + "/in.png")
      func answer(_ name: String, _ more: [String]) throws -> [UInt8] {
        let outcome = try Program.run(
          base + ["--image", "in.png", "--instruction", "Segment the dog", "--output", name] + more,
          in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return try InputFile.bytes(at: "\(folder)/\(name)", maximumByteCount: 1 << 20)
      }
      let first = try answer("a.png", ["--seed", "5", "--threads", "1"])
      for threads in ["2", "3", "8"] {
        #expect(try answer("b.png", ["--seed", "5", "--threads", threads]) == first)
      }
      #expect(try answer("c.png", ["--seed", "6"]) != first)
    }
  }

  @Test func anAnswerIsMadeAgainBitForBit() throws {
    try inScratchFolder { folder in
      let input = folder + "/in.png"
      try PNG.write(samplePicture(width: 33, height: 64), to: input)
      let asked = try Program.run(
        base + [
          "--image", "in.png", "--instruction", "find it", "--task", "detection", "--seed", "12",
          "--steps", "2", "--sampler", "dpm-2m", "--guidance", "instructdiffusion",
          "--text-guidance", "-3.25", "--image-guidance", "1.75", "--resolution", "64",
          "--framing", "squash", "--rng", "torch", "--output", "a.png",
        ], in: folder)
      #expect(asked.code == 0, "\(asked.errors)")
      let original = try InputFile.bytes(at: folder + "/a.png", maximumByteCount: 1 << 20)

      let again = try Program.run(["run", "--quiet", "--again", "a.png"], in: folder)
      #expect(again.code == 0, "\(again.errors)")
      #expect(again.output.hasSuffix("answer: a-again.png\n"))
      #expect(
        try InputFile.bytes(at: folder + "/a-again.png", maximumByteCount: 1 << 20) == original)

      // Moved together with its answer, the picture is found; elsewhere it must be named.
      try FileManager.default.createDirectory(
        atPath: folder + "/moved", withIntermediateDirectories: true)
      for name in ["in.png", "a.png"] {
        try FileManager.default.moveItem(
          atPath: "\(folder)/\(name)", toPath: "\(folder)/moved/\(name)")
      }
      let moved = try Program.run(
        ["run", "--quiet", "--again", "moved/a.png", "--output", "m.png"], in: folder)
      #expect(moved.code == 0, "\(moved.errors)")
      #expect(try InputFile.bytes(at: folder + "/m.png", maximumByteCount: 1 << 20) == original)
      try FileManager.default.moveItem(
        atPath: folder + "/moved/in.png", toPath: folder + "/other.png")
      let lost = try Program.run(["run", "--quiet", "--again", "moved/a.png"], in: folder)
      #expect(lost.code == 66 && lost.complaints.count == 1)
      let named = try Program.run(
        ["run", "--quiet", "--again", "moved/a.png", "--image", "other.png"], in: folder)
      #expect(named.code == 0, "\(named.errors)")

      // A changed picture, another model and other settings are refused.
      try PNG.write(samplePicture(width: 33, height: 64, seed: 1), to: folder + "/other.png")
      let changed = try Program.run(
        ["run", "--quiet", "--again", "moved/a.png", "--image", "other.png"], in: folder)
      #expect(changed.code == 65 && changed.complaints.count == 1)
      #expect(changed.errors.contains("changed"))
      try PNG.write(samplePicture(width: 33, height: 64), to: folder + "/other.png")
      let second = folder + "/second-model"
      try TinyModel.write(to: second, seed: 77)
      let model = try Program.run(
        ["run", "--quiet", "--again", "moved/a.png", "--image", "other.png", "--model", second],
        in: folder)
      #expect(model.code == 65 && model.errors.contains("not the model"))
      let settings = try Program.run(
        ["run", "--again", "moved/a.png", "--image", "other.png", "--steps", "3"], in: folder)
      #expect(settings.code == 64)
      let foreign = try Program.run(["run", "--again", "other.png"], in: folder)
      #expect(foreign.code == 65)
    }
  }

  @Test func unusualPicturesAreAnsweredAtTheirSize() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 1, height: 1), to: folder + "/a.png")
      try PNG.write(samplePicture(width: 8192, height: 1), to: folder + "/b.png")
      try PNG.write(samplePicture(width: 2, height: 999), to: folder + "/c.png")
      try PNG.write(
        Plane<UInt16>(width: 37, height: 53, elements: (0..<(37 * 53)).map { UInt16($0 * 33) }),
        to: folder + "/d.png")
      try PNG.write(Plane<UInt8>(width: 19, height: 18, repeating: 77), to: folder + "/e.png")
      for (name, width, height) in [
        ("a", 1, 1), ("b", 8192, 1), ("c", 2, 999), ("d", 37, 53), ("e", 19, 18),
      ] {
        for instruction in ["Detect the dog", "Estimate the depth of this image"] {
          let outcome = try Program.run(
            base + [
              "--image", name + ".png", "--instruction", instruction, "--steps", "1", "--output",
              "out.png", "--overlay", "over.png",
            ], in: folder)
          #expect(outcome.code == 0, "\(name): \(outcome.errors)")
          let answer = try PictureFile.read(folder + "/out.png")
          #expect(answer.width == width && answer.height == height)
        }
      }
    }
  }

  @Test func foldersGoOnWhereTheyStopped() throws {
    try inScratchFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/in", withIntermediateDirectories: true)
      for index in 0..<3 {
        try PNG.write(
          samplePicture(width: 20 + index, height: 20, seed: index),
          to: "\(folder)/in/p\(index).png")
      }
      let ask = ["run", "--model", TinyModel.folder, "--images", "in", "--output", "out"]
      let segment = ask + ["--instruction", "Segment the dog"]
      let first = try Program.run(segment, in: folder)
      #expect(first.code == 0, "\(first.errors)")
      #expect(first.errors.contains("3 answered, 0 there already, 0 failed"))
      let names = (0..<3).flatMap { index in
        ["-answer.png", "-mask.png", "-overlay.png", ".json"].map { "p\(index)\($0)" }
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/out").sorted()
          == names.sorted())
      let answer = try InputFile.bytes(at: folder + "/out/p1-answer.png", maximumByteCount: 1 << 20)

      // As after a kill between the last two files of p1, and before p2.
      for name in ["p1.json", "p2-answer.png", "p2-mask.png", "p2-overlay.png", "p2.json"] {
        try FileManager.default.removeItem(atPath: "\(folder)/out/\(name)")
      }
      let second = try Program.run(segment, in: folder)
      #expect(second.errors.contains("2 answered, 1 there already, 0 failed"))
      #expect(
        try InputFile.bytes(at: folder + "/out/p1-answer.png", maximumByteCount: 1 << 20) == answer)

      // A single run with the same settings gives the same picture.
      let single = try Program.run(
        base + ["--image", "in/p1.png", "--instruction", "Segment the dog", "--output", "s.png"],
        in: folder)
      #expect(single.code == 0)
      #expect(try InputFile.bytes(at: folder + "/s.png", maximumByteCount: 1 << 20) == answer)

      // A changed picture is answered anew; answers to other questions are not replaced unasked.
      try PNG.write(samplePicture(width: 9, height: 9), to: folder + "/in/p0.png")
      #expect(try Program.run(segment, in: folder).errors.contains("1 answered, 2 there already"))
      for other in [ask + ["--instruction", "Segment the cat"], segment + ["--steps", "2"]] {
        let refused = try Program.run(other, in: folder)
        #expect(refused.code == 64 && refused.complaints.count == 1)
      }
      let replaced = try Program.run(
        segment + ["--steps", "2", "--overwrite"], in: folder)
      #expect(replaced.errors.contains("3 answered"))
      let same = try Program.run(
        [
          "run", "--images", "in", "--output", "./in/", "--instruction", "Segment it", "--model",
          TinyModel.folder,
        ], in: folder)
      #expect(same.code == 64)
    }
  }

  @Test func jobsHaveTheirOwnQuestionsAndFailAlone() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 24, height: 16), to: folder + "/a.png")
      try AtomicFile.write("not a picture", to: folder + "/broken.png")
      try AtomicFile.write(
        """
        {"image": "a.png", "instruction": "Segment the dog", "seed": 4, "name": "first"}
        {"image": "broken.png", "instruction": "Segment the dog"}
        {"image": "a.png", "instruction": "Estimate the depth of this image"}
        """, to: folder + "/jobs.jsonl")
      let ask = [
        "run", "--model", TinyModel.folder, "--jobs", "jobs.jsonl", "--output", "out", "--json",
        "-",
      ]
      let outcome = try Program.run(ask, in: folder)
      #expect(outcome.code == 65)
      #expect(outcome.complaints.count == 2)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count == 2)
      let seeds = try lines.map { line in
        let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return (json?["settings"] as? [String: Any])?["seed"] as? Int
      }
      #expect(seeds == [4, 0])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/out").sorted() == [
          "00003-a-answer.png", "00003-a-depth.npy", "00003-a-depth.png", "00003-a-overlay.png",
          "00003-a.json", "first-answer.png", "first-mask.png", "first-overlay.png", "first.json",
        ])
      try PNG.write(samplePicture(width: 8, height: 8), to: folder + "/broken.png")
      let mended = try Program.run(ask, in: folder)
      #expect(mended.code == 0 && mended.errors.contains("1 answered, 2 there already"))
    }
  }

  @Test func otherFilesAreNotReplaced() throws {
    try inScratchFolder { folder in
      for (index, name) in ["in", "other", "lab"].enumerated() {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        try PNG.write(
          samplePicture(width: 9, height: 9, seed: index), to: "\(folder)/\(name)/a.png")
      }
      try AtomicFile.write("mine", to: folder + "/lab/a.json")
      let ask = base + ["--output", "lab", "--instruction", "Segment the dog", "--images"]
      let foreign = try Program.run(ask + ["in"], in: folder)
      #expect(foreign.code == 64 && foreign.complaints.count == 1)
      #expect(foreign.errors.contains("lab/a.json"))
      #expect(try InputFile.text(at: folder + "/lab/a.json") == "mine")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/lab").sorted()
          == ["a.json", "a.png"])
      #expect(try Program.run(ask + ["in", "--overwrite"], in: folder).code == 0)

      let answer = folder + "/lab/a-answer.png"
      let first = try InputFile.bytes(at: answer, maximumByteCount: 1 << 20)
      let second = try Program.run(ask + ["other"], in: folder)
      #expect(second.code == 64 && second.errors.contains("about another picture"))
      #expect(try InputFile.bytes(at: answer, maximumByteCount: 1 << 20) == first)
      #expect(try Program.run(ask + ["other", "--overwrite"], in: folder).code == 0)
      #expect(try InputFile.bytes(at: answer, maximumByteCount: 1 << 20) != first)

      // Neither the pictures of jobs nor their list, whatever is wished.
      let input = folder + "/lab/cat-overlay.png"
      try PNG.write(samplePicture(width: 9, height: 9), to: input)
      let picture = try InputFile.bytes(at: input, maximumByteCount: 1 << 20)
      for (name, list) in [("cat", "jobs.jsonl"), ("dog", "dog.json")] {
        try AtomicFile.write(
          #"{"image": "cat-overlay.png", "instruction": "Segment it", "name": "\#(name)"}"#,
          to: "\(folder)/lab/\(list)")
        for more in [[], ["--overwrite"]] {
          let outcome = try Program.run(
            base + ["--jobs", "lab/" + list, "--output", "lab"] + more, in: folder)
          #expect(outcome.code == 64 && outcome.errors.contains("is an input"))
        }
      }
      #expect(try InputFile.bytes(at: input, maximumByteCount: 1 << 20) == picture)
    }
  }

  @Test func runsAtTheSameTimeKeepTheirAnswers() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 30, height: 20), to: folder + "/in.png")
      let outcome = try Program.run(
        script: #"for seed in 1 2 3 4; do "$0" "$@" --seed $seed --json $seed.json & done; wait"#,
        base + ["--image", "in.png", "--instruction", "Segment the dog"], in: folder)
      #expect(outcome.errors.isEmpty, "\(outcome.errors)")
      let answers = ["in-answer.png", "in-answer-2.png", "in-answer-3.png", "in-answer-4.png"]
      #expect(
        Set(outcome.output.split(separator: "\n").filter { $0.hasPrefix("answer: ") })
          == Set(answers.map { "answer: \($0)" }))
      let contents = try answers.map { try PictureFile.read("\(folder)/\($0)").pixels }
      #expect(Set(contents).count == 4)
      let names = answers + (1...4).map { "\($0).json" } + ["in.png"]
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names.sorted())
    }
  }

  @Test func longNamesFailAloneAndRemainsAreRemoved() throws {
    try inScratchFolder { folder in
      let long = String(repeating: "n", count: 250)
      try PNG.write(samplePicture(width: 9, height: 9), to: folder + "/a.png")
      for name in ["in/a", "in/\(long)", "long/\(long)", "out/-"] {
        let path = URL(fileURLWithPath: "\(folder)/\(name).png")
        try FileManager.default.createDirectory(
          at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder + "/a.png", toPath: path.path)
      }
      let ask = base + ["--output", "out", "--instruction", "Detect the dog", "--images"]
      try AtomicFile.write("x", to: "\(folder)/out/a-overlay.png.\(pid_t.max).partial")
      let outcome = try Program.run(ask + ["in"], in: folder)
      #expect(outcome.code == 65 && outcome.complaints.count == 2)
      #expect(outcome.errors.contains("1 of 2 pictures failed; the others are answered"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/out").sorted()
          == ["-.png", "a-answer.png", "a-overlay.png", "a.json"])
      let lost = try Program.run(ask + ["long"], in: folder)
      #expect(lost.code == 65 && lost.errors.contains("the only picture failed"))
    }
  }

  @Test func interruptionLeavesNothingHalfDone() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 40, height: 40), to: folder + "/in.png")
      let messages = try Program.interrupted(
        [
          "run", "--model", TinyModel.folder, "--image", "in.png", "--instruction",
          "Segment the dog", "--steps", "1000", "--resolution", "256", "--json", "a.json",
        ], in: folder, after: "painting")
      #expect(messages.contains("interrupted"), "\(messages)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["in.png"])
    }
  }

  @Test func dryRunsPrintThePlanAndWriteNothing() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 40, height: 20), to: folder + "/in.png")
      let outcome = try Program.run(
        base + [
          "--image", "in.png", "--instruction", "Segment the dog", "--dry-run", "--steps", "7",
        ], in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      for line in [
        "task: segmentation", "category: dog", "sampler: euler-ancestral", "steps: 7", "seed: 0",
        "rng: philox", "picture: 40x20, worked on at 32x16", "network evaluations: 21 a picture",
      ] {
        #expect(outcome.output.contains(line + "\n"), "\(line)")
      }
      #expect(outcome.output.contains("estimated memory"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["in.png"])
    }
  }
}
