import Answering
import Diffusion
import Foundation
import VisionTasks

extension RunCommand {
  /// One line with everything that decides the picture.
  static func summary(of record: AnswerRecord, model: RunModel) throws -> String {
    let settings = record.settings
    let scales = "\(settings.textGuidance)/\(settings.imageGuidance)"
    let passCount = try settings.passCount()
    return
      "\(record.instruction.task.rawValue), model \(record.model.name), seed \(settings.seed), "
      + "rng \(settings.rng), \(settings.precision.rawValue), \(settings.samplerText), guidance \(settings.guidance) \(scales), "
      + "resolution \(settings.resolution), \(settings.framing), "
      + "\(passCount) network evaluations a picture"
  }

  /// The outcome of `--dry-run`.
  func printPlan(
    _ model: RunModel, _ instruction: Instruction, _ settings: AnswerSettings, width: Int,
    height: Int, pictureCount: Int, output: String
  ) throws {
    let estimate = try AnswerEstimate(
      model.outline, settings: settings, width: width, height: height)
    let spacing =
      try settings.spacing ?? SamplerMethod(name: settings.sampler).usualSpacing.rawValue
    let seconds = Double(pictureCount) * estimate.secondsAtProductRate()
    var lines = [
      "model: \(model.location.path)",
      "task: \(instruction.task.rawValue)",
    ]
    if let category = instruction.category { lines.append("category: \(category)") }
    if let colors = instruction.colors {
      lines.append("colors: \(colors.positive.name) for yes, \(colors.negative.name) for no")
    }
    if let preset = answering.preset { lines.append("preset: \(preset)") }
    lines += [
      "sampler: \(settings.sampler)", "spacing: \(spacing)",
      "steps: \(settings.steps)", "guidance: \(settings.guidance)",
      "text_guidance: \(settings.textGuidance)", "image_guidance: \(settings.imageGuidance)",
      "seed: \(settings.seed)", "rng: \(settings.rng)",
      "precision: \(settings.precision.rawValue)", "resolution: \(settings.resolution)",
      "framing: \(settings.framing)",
      "picture: \(width)x\(height), worked on at "
        + "\(estimate.working.width)x\(estimate.working.height)",
      "pictures: \(pictureCount)", "output: \(output)", "kernels: \(VersionText.kernels)",
      "network evaluations: \(estimate.passCount) a picture",
      String(
        format: "estimated work: %.3g GFLOP a picture, at least %@ in all",
        estimate.operationCount / 1e9,
        seconds < 10 ? String(format: "%.2f s", seconds) : ProgressMeter.duration(seconds)),
      String(
        format: "estimated memory: %.0f MB",
        max(1, (Double(estimate.byteCount) + 6 * Double(width * height)) / 1e6)),
    ]
    for line in lines { Console.result(line) }
  }
}
