import Datasets
import Foundation
import Imaging
import Platform
import Testing

@Suite(.serialized) struct PresetOptionTests {
  private let base = ["run", "--model", TinyModel.folder, "--quiet"]

  /// The lines of a dry run of `options` about a picture.
  private func plan(_ instruction: String, _ options: [String]) throws -> Set<Substring> {
    var lines: Set<Substring> = []
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 64, height: 36), to: folder + "/in.png")
      let outcome = try Program.run(
        base + ["--image", "in.png", "--instruction", instruction, "--dry-run"] + options,
        in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      lines = Set(outcome.output.split(separator: "\n"))
    }
    return lines
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func presetsWinOverTheCardAndOptionsOverPresets() throws {
    let depth = "Estimate the depth of this image"
    let cases: [(instruction: String, options: [String], lines: [Substring])] = [
      (depth, [], ["steps: 3", "text_guidance: 2.0", "resolution: 32", "framing: fit"]),
      (
        depth, ["--preset", "instructdiffusion"],
        [
          "preset: instructdiffusion", "sampler: euler-ancestral", "spacing: uniform",
          "steps: 100", "guidance: instructdiffusion", "text_guidance: 5.0",
          "image_guidance: 1.25", "resolution: 512", "framing: fit",
          "network evaluations: 300 a picture",
        ]
      ),
      (
        "Segment the dog", ["--preset", "instructdiffusion", "--image-guidance", "0.5"],
        ["text_guidance: 7.5", "image_guidance: 0.5", "network evaluations: 200 a picture"]
      ),
      (
        depth,
        [
          "--preset", "instructdiffusion-demo", "--steps", "9", "--sampler", "ddim",
          "--resolution", "64", "--framing", "squash", "--text-guidance", "-3", "--seed", "4",
          "--rng", "torch",
        ],
        [
          "sampler: ddim", "spacing: trailing", "steps: 9", "guidance: instructdiffusion",
          "text_guidance: -3.0", "image_guidance: 1.25", "resolution: 64", "framing: squash",
          "seed: 4", "rng: torch",
        ]
      ),
      // Scales go with their formula: the card's with one, its authors' with the other.
      (
        depth, ["--preset", "instructdiffusion", "--guidance", "ip2p"],
        ["guidance: ip2p", "text_guidance: 2.0", "image_guidance: 1.5", "steps: 100"]
      ),
      (
        depth, ["--preset", "instructcv", "--guidance", "instructdiffusion"],
        ["guidance: instructdiffusion", "text_guidance: 5.0", "image_guidance: 1.25"]
      ),
      (
        depth, ["--preset", "instructcv", "--guidance", "ip2p", "--spacing", "karras"],
        ["guidance: ip2p", "text_guidance: 7.5", "image_guidance: 1.5", "spacing: karras"]
      ),
    ]
    for (instruction, options, expected) in cases {
      let lines = try plan(instruction, options)
      for line in expected { #expect(lines.contains(line), "\(options): \(line)") }
    }
  }

  @Test func answersHoldWhatThePresetSaysAndAreMadeAgain() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 70, height: 40), to: folder + "/in.png")
      let outcome = try Program.run(
        base + [
          "--image", "in.png", "--instruction", "Segment the dog", "--preset",
          "instructdiffusion-demo", "--steps", "2", "--resolution", "64", "--json", "-", "--output",
          "a.png",
        ], in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let json = try object(outcome.output)
      let settings = try #require(json["settings"] as? [String: Any])
      #expect(settings["sampler"] as? String == "euler-ancestral" && settings["spacing"] == nil)
      #expect(settings["guidance"] as? String == "instructdiffusion")
      #expect(settings["text_guidance"] as? Double == 7)
      #expect(settings["image_guidance"] as? Double == 1.25)
      #expect(settings["framing"] as? String == "fit-inside")
      #expect(settings["steps"] as? Int == 2 && settings["resolution"] as? Int == 64)
      #expect(json["unet_passes"] as? Int == 6)

      let answer = try InputFile.bytes(at: folder + "/a.png", maximumByteCount: 1 << 20)
      let again = try Program.run(["run", "--quiet", "--again", "a.png"], in: folder)
      #expect(again.code == 0, "\(again.errors)")
      #expect(
        try InputFile.bytes(at: folder + "/a-again.png", maximumByteCount: 1 << 20) == answer)
      let refused = try Program.run(
        ["run", "--again", "a.png", "--preset", "instructcv"], in: folder)
      #expect(refused.code == 64 && refused.errors.contains("leave out --preset"))
    }
  }

  @Test func everyJobHasTheSettingsOfItsTask() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 64, height: 36), to: folder + "/a.png")
      try AtomicFile.write(
        """
        {"image": "a.png", "instruction": "Segment the dog"}
        {"image": "a.png", "instruction": "Estimate the depth of this image"}
        {"image": "a.png", "instruction": "Show blue if there is a dog, else show red"}
        """, to: folder + "/jobs.jsonl")
      func settings(_ preset: String) throws -> [[String: Any]] {
        let outcome = try Program.run(
          base + [
            "--jobs", "jobs.jsonl", "--output", preset, "--json", "-", "--preset", preset,
            "--steps", "1", "--resolution", "64",
          ], in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return try outcome.output.split(separator: "\n").map {
          try #require(try object(String($0))["settings"] as? [String: Any])
        }
      }
      #expect(
        try settings("instructdiffusion").map { $0["text_guidance"] as? Double } == [7.5, 5, 5])
      #expect(
        try settings("instructcv").map { $0["framing"] as? String }
          == ["fit", "fit", "squash-bilinear"])
    }
  }

  @Test func evaluationsAskEachTaskAsThePresetSays() throws {
    try inScratchFolder { folder in
      try SceneWorldWriter.write(
        count: SceneCounts(train: 0, val: 1, valUnseen: 0), seed: 2, size: 64,
        to: folder + "/world")
      let outcome = try Program.run(
        [
          "evaluate", "--root", "world", "--model", TinyModel.folder, "--quiet", "--tasks",
          "detection", "depth", "--preset", "instructcv-benchmark", "--steps", "1", "--json",
          "a.json",
        ], in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let conditions = try #require(
        try object(InputFile.text(at: folder + "/a.json"))["conditions"] as? [String: Any])
      let answers = try #require(conditions["answers"] as? [String: [String: Any]])
      for (task, resolution) in [("detection", 512), ("depth", 256)] {
        let settings = try #require(answers[task])
        #expect(settings["resolution"] as? Int == resolution)
        #expect(settings["framing"] as? String == "squash-bilinear")
        #expect(settings["steps"] as? Int == 1)
        #expect(settings["text_guidance"] as? Double == 7.5)
      }
    }
  }

  @Test func unknownPresetsAreUsageErrors() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 9, height: 9), to: folder + "/in.png")
      for command in [
        base + ["--image", "in.png", "--instruction", "Segment the dog"],
        ["evaluate", "--root", "world", "--oracle"],
      ] {
        let outcome = try Program.run(command + ["--preset", "paper"], in: folder)
        #expect(outcome.code == 64 && outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(
          outcome.errors.contains(
            "unknown preset \"paper\"; choose one of instructcv, instructcv-benchmark, "
              + "instructdiffusion"))
      }
    }
  }
}
