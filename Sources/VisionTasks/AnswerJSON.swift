import Foundation
import Imaging

/// What was asked and what was answered, as JSON with stable key names:
/// `task`, `instruction`, `category` (absent for depth), `width`, `height`, `answer`.
///
/// `answer` holds, by task:
/// - segmentation: `area`, `share`, `mask` (`size` `[height, width]` and `counts`, COCO's compressed
///   run lengths, as pycocotools reads them)
/// - detection: `count`, `boxes` (each `box` `[x, y, width, height]` and `score`), best first
/// - depth: `minimum_metres`, `median_metres`, `maximum_metres`
/// - classification: `present`, `verdict_color`, `mean_color`, `colors`, `positive_distance`,
///   `negative_distance`, `positive_share`, `margin`
public struct AnswerJSON: Encodable, Sendable {
  /// What was asked.
  public var instruction: Instruction
  /// The picture's width, in pixels.
  public var width: Int
  /// The picture's height, in pixels.
  public var height: Int
  /// What was answered.
  public var answer: TaskAnswer

  /// A record of `answer` to `instruction` about a picture of `width` x `height`.
  public init(instruction: Instruction, width: Int, height: Int, answer: TaskAnswer) {
    self.instruction = instruction
    self.width = width
    self.height = height
    self.answer = answer
  }

  private enum CodingKeys: String, CodingKey {
    case task, instruction, category, width, height, answer
  }

  /// Writes the record.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(instruction.task, forKey: .task)
    try container.encode(instruction.text, forKey: .instruction)
    try container.encodeIfPresent(instruction.category, forKey: .category)
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
    try container.encode(answer, forKey: .answer)
  }

  /// The record as UTF-8 text, keys sorted, so that equal answers give equal bytes.
  public func text(pretty: Bool = true) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      pretty
      ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      : [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
