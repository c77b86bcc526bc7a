import Imaging
import Platform
import TensorCore

/// The two colours of a classification: one for yes, one for no.
public struct VerdictColors: Sendable, Codable, Hashable {
  /// Shown where the picture contains the category.
  public let positive: NamedColor
  /// Shown where it doesn't.
  public let negative: NamedColor

  /// - Precondition: two different colours.
  public init(positive: NamedColor, negative: NamedColor) {
    require(
      positive.color != negative.color,
      "\(positive.name) and \(negative.name) can't tell yes from no")
    self.positive = positive
    self.negative = negative
  }

  /// `positive` alone: no is black, or white where black means yes.
  public init(positive: NamedColor) {
    self.init(
      positive: positive, negative: positive.color == .black ? .white : .black)
  }

  /// The sixteen colours of the rephrased classification prompts.
  /// Source: AlaaLab/InstructCV, `build_data/format_dataset_rp.py`, 0c24fed.
  public static let palette: [NamedColor] = [
    "red", "green", "blue", "purple", "white", "brown", "gold", "beige", "violet", "orange",
    "maroon", "indigo", "aqua", "coral", "rosybrown", "peru",
  ].compactMap { NamedColor($0) }

  /// Two different colours of `palette`, uniformly.
  ///
  /// - Precondition: `palette` holds at least two, all different.
  public static func random(
    from palette: [NamedColor] = VerdictColors.palette, using stream: inout RandomStream
  ) -> VerdictColors {
    require(palette.count >= 2, "two colours can't be drawn from \(palette.count)")
    let first = stream.integer(in: 0..<palette.count)
    var second = stream.integer(in: 0..<(palette.count - 1))
    if second >= first { second += 1 }
    return VerdictColors(positive: palette[first], negative: palette[second])
  }

  private enum CodingKeys: String, CodingKey { case positive, negative }

  /// Reads two colour names.
  ///
  /// - Throws: `DecodingError` when they are the same colour or no colours.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let positive = try container.decode(NamedColor.self, forKey: .positive)
    let negative = try container.decode(NamedColor.self, forKey: .negative)
    guard positive.color != negative.color else {
      throw DecodingError.dataCorruptedError(
        forKey: .negative, in: container,
        debugDescription: "\(positive.name) and \(negative.name) are the same colour")
    }
    self.init(positive: positive, negative: negative)
  }
}
