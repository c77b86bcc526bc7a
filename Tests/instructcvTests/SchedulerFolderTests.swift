import Foundation
import Imaging
import Platform
import Testing

/// Folders without a card, which are asked as their scheduler says.
@Suite(.serialized) struct SchedulerFolderTests {
  private static let betas = """
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction", "num_train_timesteps": 1000
    """

  /// Calls `body` in a folder with a picture, `in.png`, and a model, `model`, of that scheduler.
  private func withModel(_ scheduler: String, _ body: (String) throws -> Void) throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 32, height: 32), to: folder + "/in.png")
      try FileManager.default.copyItem(atPath: TinyModel.folder, toPath: folder + "/model")
      try FileManager.default.removeItem(atPath: folder + "/model/instructcv.json")
      try AtomicFile.write(
        "{\(scheduler)\(Self.betas)}", to: folder + "/model/scheduler/scheduler_config.json")
      try body(folder)
    }
  }

  private func plan(_ folder: String, _ options: [String] = []) throws -> Program.Outcome {
    try Program.run(
      [
        "run", "--model", "model", "--image", "in.png", "--instruction", "Segment the dog",
        "--resolution", "32", "--dry-run",
      ] + options, in: folder)
  }

  @Test func foldersAreAskedAsTheirSchedulerSays() throws {
    let dpm = #"""
      "_class_name": "DPMSolverMultistepScheduler", "use_karras_sigmas": true,
      "lambda_min_clipped": -Infinity,
      """#
    try withModel(dpm) { folder in
      for (options, lines) in [
        ([], ["sampler: dpm-2m", "spacing: karras"]),
        (["--spacing", "leading"], ["sampler: dpm-2m", "spacing: leading"]),
        (["--sampler", "dpm-2m"], ["sampler: dpm-2m", "spacing: karras"]),
        (["--sampler", "ddim"], ["sampler: ddim", "spacing: trailing"]),
        (["--preset", "instructcv"], ["sampler: euler-ancestral", "spacing: uniform"]),
      ] {
        let outcome = try plan(folder, options)
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        for line in lines { #expect(outcome.output.contains(line + "\n"), "\(options) \(line)") }
      }
      let inspection = try Program.run(["model", "inspect", "model"], in: folder)
      #expect(
        inspection.output.contains(
          "  sampler: the model asks for DPMSolverMultistepScheduler, karras; dpm-2m, karras is "
            + "used\n"), "\(inspection.output)")
    }
  }

  @Test func schedulersWithoutCounterpartAreSaid() throws {
    try withModel(#""_class_name": "PNDMScheduler", "timestep_spacing": "leading","#) { folder in
      let outcome = try plan(folder)
      #expect(outcome.code == 0 && outcome.output.contains("sampler: euler-ancestral\n"))
      let words =
        "the model asks for PNDMScheduler, leading, which has no counterpart; euler-ancestral, "
        + "uniform is used"
      #expect(outcome.errors.contains(words) && outcome.errors.split(separator: "\n").count == 1)
      #expect(try plan(folder, ["--sampler", "euler"]).errors.isEmpty)
      #expect(try plan(folder, ["--preset", "instructcv"]).errors.isEmpty)
      let inspection = try Program.run(["model", "inspect", "model"], in: folder)
      #expect(
        inspection.output.contains(
          "  sampler: the model asks for PNDMScheduler, leading, which has no counterpart; "
            + "euler-ancestral is used\n"), "\(inspection.output)")
    }
  }

  @Test func otherProcessesAreRefused() throws {
    try withModel(#""_class_name": "FlowMatchEulerDiscreteScheduler","#) { folder in
      let outcome = try plan(folder)
      #expect(outcome.code == 65 && outcome.complaints.count == 1)
      #expect(outcome.errors.contains("FlowMatchEulerDiscreteScheduler"))
    }
  }

  @Test func cardsWin() throws {
    try inScratchFolder { folder in
      let inspection = try Program.run(["model", "inspect", TinyModel.folder], in: folder)
      #expect(
        inspection.output.contains(
          "EulerAncestralDiscreteScheduler, linspace; the card's euler-ancestral is used\n"),
        "\(inspection.output)")
    }
  }
}
