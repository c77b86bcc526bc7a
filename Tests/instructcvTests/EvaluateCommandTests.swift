import Datasets
import Foundation
import Imaging
import Platform
import Testing

@Suite("instructcv evaluate", .serialized)
struct EvaluateCommandTests {
  /// Three rendered pictures and one of unseen combinations in the folder `world`.
  private func withWorld(_ body: (_ folder: String) throws -> Void) throws {
    try inScratchFolder { folder in
      try SceneWorldWriter.write(
        count: SceneCounts(train: 0, val: 3, valUnseen: 1), seed: 2, size: 64,
        to: folder + "/world")
      try body(folder)
    }
  }

  private func evaluate(_ arguments: [String], in folder: String) throws -> Program.Outcome {
    try Program.run(["evaluate", "--root", "world", "--quiet"] + arguments, in: folder)
  }

  @Test("scores and page are written, and the same the next time")
  func files() throws {
    try withWorld { folder in
      func json(_ name: String, _ more: [String]) throws -> String {
        let outcome = try evaluate(["--json", name] + more, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return try InputFile.text(at: folder + "/" + name)
      }
      let model = ["--model", TinyModel.folder, "--limit", "2", "--seed", "5"]
      let first = try json("a.json", model + ["--report", "page", "--cases", "1"])
      #expect(try json("b.json", model + ["--batch", "3", "--threads", "1"]) == first)
      #expect(FileManager.default.fileExists(atPath: folder + "/page/index.html"))
      let object = try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any]
      let runs = try #require(object?["runs"] as? [[String: Any]])
      #expect(runs.count == 1 && runs[0]["pictureCount"] as? Int == 2)
      let conditions = try #require(object?["conditions"] as? [String: Any])
      #expect(conditions["origin"] as? String == "model")
      #expect(conditions["protocol"] as? String == "standard")
      #expect(conditions["seed"] as? Int == 5)

      let several = try evaluate(
        [
          "--oracle", "--split", "val_unseen", "--tasks", "depth", "--phrasing",
          "template,held-out,training", "--protocol", "paper",
        ], in: folder)
      let rows = several.output.split(separator: "\n")
      #expect(several.code == 0 && rows.count == 5)
      #expect(rows.dropFirst(2).map { $0.prefix(8) } == ["template", "held-out", "training"])
    }
  }

  @Test("answers through the autoencoder are scored")
  func autoencoder() throws {
    try withWorld { folder in
      let outcome = try evaluate(
        ["--through-autoencoder", "--model", TinyModel.folder, "--limit", "1"], in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("Masks by class") && outcome.output.contains("RMSE"))
    }
  }

  @Test("whatever is wrong ends with its code and the remedy")
  func refusals() throws {
    try withWorld { folder in
      try AtomicFile.write("a file", to: folder + "/world/val_unseen.txt")
      try AtomicFile.write("<p>mine</p>", to: folder + "/world/index.html")
      let cases: [(arguments: [String], code: Int32, part: String)] = [
        (["--oracle", "--through-autoencoder"], 64, "exclude each other"),
        (["--oracle", "--limit", "0"], 64, "--limit must be positive"),
        (["--oracle", "--batch", "0"], 64, "--batch must be within"),
        (["--oracle", "--cases", "-1"], 64, "--cases must be within"),
        (["--oracle", "--eigen-crop"], 64, "--dataset nyu alone"),
        (["--oracle", "--outline-width", "99"], 64, "--outline-width must be within"),
        (["--oracle", "--protocol", "mine"], 64, "mine"),
        (["--oracle", "--tasks", "poetry"], 64, "poetry"),
        (["--oracle", "--dataset", "imagenet"], 64, "imagenet"),
        (["--oracle", "--sampler", "magic"], 64, "magic"),
        (["--oracle", "--split", "test"], 64, "val_unseen"),
        (["--oracle", "--phrasing", "loud"], 64, "held-out"),
        (["--oracle", "--phrasing", "file"], 64, "--prompts task=file"),
        (["--oracle", "--prompts", "depth"], 64, "task=file"),
        (["--oracle", "--colors", "red", "red"], 64, "all different"),
        (["--oracle", "--colors", "red", "mauvish"], 64, "mauvish"),
        (["--oracle", "--dataset", "coco"], 66, "instances_val2017.json"),
        (["--oracle", "--dataset", "nyu"], 66, "nyudepthv2_test_files_with_gt.txt"),
        (["--model", "nobody"], 66, "nor an embedded model"),
        (["--oracle", "--json", "none/a.json"], 74, "none: can't be written"),
        (["--oracle", "--limit", "-3"], 64, "--limit must be positive"),
        (["--oracle", "--negatives", "-0.5"], 64, "--negatives must be within"),
        (["--oracle", "--batch", "-1"], 64, "--batch must be within"),
        (["--oracle", "--outline-width", "-1"], 64, "--outline-width must be within"),
        (["--oracle", "--report", "world/val_unseen.txt"], 74, "is no folder"),
        (["--oracle", "--report", "world"], 64, "won't be replaced"),
        (
          ["--oracle", "--dataset", "coco", "--split", "val", "--tasks", "depth", "segmentation"],
          64, "coco can't check depth; it knows classification, detection, segmentation"
        ),
      ]
      for (arguments, code, part) in cases {
        let outcome = try evaluate(arguments, in: folder)
        #expect(outcome.code == code, "\(arguments): \(outcome.errors)")
        #expect(outcome.errors.contains(part), "\(arguments): \(outcome.errors)")
        #expect(outcome.complaints.count == 1, "\(arguments): \(outcome.errors)")
        #expect(!outcome.errors.contains("NSCocoaErrorDomain"))
      }
    }
  }

  @Test("a missing picture ends the evaluation before it begins, or is left out")
  func missingPicture() throws {
    try withWorld { folder in
      let pictures = folder + "/world/val/"
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: pictures).sorted().last)
      try FileManager.default.removeItem(atPath: pictures + name)
      // The model isn't looked for: the pictures come first.
      let stopped = try evaluate(["--model", "nobody", "--report", "page"], in: folder)
      #expect(stopped.code == 66)
      #expect(stopped.errors.contains("can't find 1 of 6 files: world/val/\(name);"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/page"))

      let scored = try evaluate(
        ["--oracle", "--skip-unreadable", "--json", "a.json", "--phrasing", "template,held-out"],
        in: folder)
      #expect(scored.code == 0, "\(scored.errors)")
      #expect(scored.complaints.count == 1, "said once for all phrasings")
      #expect(scored.errors.contains("warning: left out: world/val/\(name): "))
      let json = try InputFile.text(at: folder + "/a.json")
      #expect(json.matches(of: /"leftOutPictureCount" : 1/).count == 2)
    }
  }

  @Test("tasks without a question fail alone and warn beside others")
  func tasksWithoutQuestions() throws {
    try withWorld { folder in
      // A box, but no outline.
      let annotations = """
        {"images": [{"id": 1, "file_name": "1.png", "width": 64, "height": 64}],
         "categories": [{"id": 3, "name": "dog"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [4, 6, 20, 16],
                          "area": 320, "iscrowd": 0}]}
        """
      try AtomicFile.write(
        annotations, to: folder + "/world/annotations/instances_boxes.json")
      try FileManager.default.createDirectory(
        atPath: folder + "/world/boxes", withIntermediateDirectories: false)
      try PNG.write(samplePicture(width: 64, height: 64), to: folder + "/world/boxes/1.png")
      let boxes = ["--oracle", "--dataset", "coco", "--split", "boxes", "--tasks", "segmentation"]
      let alone = try evaluate(boxes, in: folder)
      #expect(alone.code == 65 && alone.output.isEmpty)
      #expect(alone.errors.contains("coco holds no questions of segmentation;"))
      let beside = try evaluate(boxes + ["detection"], in: folder)
      #expect(beside.code == 0, "\(beside.errors)")
      #expect(beside.errors.contains("warning: the data set holds no questions of segmentation;"))
      #expect(beside.output.contains("AP"))
    }
  }

  @Test("an interruption is told apart from failures, and writes no scores")
  func interruption() throws {
    try withWorld { folder in
      let messages = try Program.interrupted(
        [
          "evaluate", "--root", "world", "--model", TinyModel.folder, "--steps", "1000",
          "--resolution", "256", "--batch", "2", "--json", "a.json",
        ], in: folder, after: "template 0/3")
      #expect(messages.contains("interrupted; no scores were written"), "\(messages)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/a.json"))
    }
  }
}
