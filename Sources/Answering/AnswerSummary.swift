import Foundation
import VisionTasks

extension TaskAnswer {
  /// The answer in short lines for people.
  public func lines(to instruction: Instruction) -> [String] {
    let subject = instruction.category ?? ""
    switch self {
    case .segmentation(let answer):
      let share = 100 * Double(answer.area) / Double(answer.mask.elements.count)
      return [
        "mask\(of(subject)): \(answer.area) pixels, " + String(format: "%.1f %%", share)
          + " of the picture"
      ]
    case .detection(let answer):
      return ["boxes\(of(subject)): \(answer.detections.count)"]
        + answer.detections.map {
          String(
            format: "  x %.1f  y %.1f  width %.1f  height %.1f  score %.2f", $0.box.left,
            $0.box.top, $0.box.width, $0.box.height, $0.score)
        }
    case .depth(let answer):
      return [
        String(
          format: "depth: nearest %.2f m, median %.2f m, farthest %.2f m", answer.minimum,
          answer.median, answer.maximum)
      ]
    case .classification(let answer):
      return [
        "verdict\(of(subject)): \(answer.isPresent ? "yes" : "no"); "
          + String(
            format: "distance to %@ (yes) %.1f, to %@ (no) %.1f, margin %.2f",
            answer.colors.positive.name, answer.positiveDistance, answer.colors.negative.name,
            answer.negativeDistance, answer.margin)
      ]
    }
  }

  private func of(_ subject: String) -> String { subject.isEmpty ? "" : " of \(subject)" }
}

/// An answer with everything that it came from, as JSON: the fields of ``VisionTasks/AnswerJSON``
/// and `image`, `seed`, `settings`, `unet_passes` (evaluations of the UNet), `model`, `version`,
/// `files` (what was written, by kind).
public struct AnswerReport: Encodable, Sendable {
  public var record: AnswerRecord
  public var answer: TaskAnswer
  /// `answer`, `overlay`, `mask`, `depth_png`, `depth_npy`: paths.
  public var files: [String: String]

  public init(record: AnswerRecord, answer: TaskAnswer, files: [String: String]) {
    self.record = record
    self.answer = answer
    self.files = files
  }

  private enum CodingKeys: String, CodingKey {
    case image, settings, model, version, kernels, files
    case passCount = "unet_passes"
  }

  public func encode(to encoder: any Encoder) throws {
    try AnswerJSON(
      instruction: record.instruction, width: record.input.width, height: record.input.height,
      answer: answer
    ).encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(record.input.path, forKey: .image)
    try container.encode(record.settings, forKey: .settings)
    try container.encode(record.settings.passCount(), forKey: .passCount)
    try container.encode(record.model.name, forKey: .model)
    try container.encode(record.version, forKey: .version)
    try container.encode(record.kernels, forKey: .kernels)
    try container.encode(files, forKey: .files)
  }

  /// UTF-8 text with sorted keys, indented or on one line.
  public func text(pretty: Bool) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
