import Imaging
import Platform
import TensorCore

/// Whether a category is there: one solid colour for yes, another for no.
///
/// Source: arXiv 2310.00390, section 4.1 (two-colour template, nearness in RGB).
/// - Deviates: the source's code decides by fixed hue ranges; here only the two instructed colours
///   compete.
public struct ClassificationTask: VisionTask {
  /// Whether one category is in one picture, and how to say so.
  public struct Annotation: Sendable, Hashable {
    /// What is asked about.
    public var category: String
    /// Whether the picture contains it.
    public var isPresent: Bool
    /// The colours of yes and no.
    public var colors: VerdictColors

    /// The truth about `category` in the given colours.
    public init(category: String, isPresent: Bool, colors: VerdictColors) {
      self.category = category
      self.isPresent = isPresent
      self.colors = colors
    }
  }

  /// Which of the four this is.
  public static let kind = TaskKind.classification

  /// The paper's task; it has no parameters.
  public init() {}

  /// The words that ask for the verdict.
  public func instruction(
    for annotation: Annotation, phrasing: Phrasing, using stream: inout RandomStream
  ) -> Instruction {
    phrasing.instruction(
      .classification, category: annotation.category, colors: annotation.colors, using: &stream)
  }

  /// A solid block of the right colour.
  public func paint(_ annotation: Annotation, on picture: Image) -> Image {
    let colors = annotation.colors
    return Image(
      width: picture.width, height: picture.height,
      filledWith: annotation.isPresent ? colors.positive.color : colors.negative.color)
  }

  /// The instructed colour that the mean of all pixels is nearer to.
  ///
  /// - Throws: ``ReportableError`` (`usage`) when `instruction` names no colours.
  public func read(
    _ painted: Image, of picture: Image, following instruction: Instruction
  ) throws -> ClassificationAnswer {
    guard let colors = instruction.colors else {
      throw ReportableError(
        .usage,
        "the instruction \"\(instruction.text.prefix(80))\" names no colours to answer in; say for "
          + "example: Display blue if the image contains a dog, else display red")
    }
    let positive = SIMD3(colors.positive.color)
    let negative = SIMD3(colors.negative.color)
    var sum = SIMD3<Double>.zero
    var positiveDistance = 0.0
    var negativeDistance = 0.0
    var nearer = 0
    let count = painted.width * painted.height
    for index in 0..<count {
      let pixel = SIMD3(
        Double(painted.pixels[3 * index]), Double(painted.pixels[3 * index + 1]),
        Double(painted.pixels[3 * index + 2]))
      sum += pixel
      let toPositive = distance(pixel, positive)
      let toNegative = distance(pixel, negative)
      positiveDistance += toPositive
      negativeDistance += toNegative
      if toPositive < toNegative { nearer += 1 }
    }
    let mean = sum / Double(count)
    let difference = distance(mean, negative) - distance(mean, positive)
    return ClassificationAnswer(
      isPresent: difference > 0, colors: colors,
      meanColor: Color(rounded(mean.x), rounded(mean.y), rounded(mean.z)),
      positiveDistance: positiveDistance / Double(count),
      negativeDistance: negativeDistance / Double(count),
      positiveShare: Double(nearer) / Double(count),
      margin: difference / distance(positive, negative))
  }

  private func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
    let difference = a - b
    return (difference * difference).sum().squareRoot()
  }

  private func rounded(_ value: Double) -> UInt8 { UInt8(min(255, max(0, value.rounded()))) }
}

extension SIMD3<Double> {
  fileprivate init(_ color: Color) {
    self.init(Double(color.red), Double(color.green), Double(color.blue))
  }
}

/// The verdict that a painted picture shows.
public struct ClassificationAnswer: Sendable, Hashable, Encodable {
  /// Whether the mean colour is nearer to that of yes; a tie is a no.
  public let isPresent: Bool
  /// The instructed colours.
  public let colors: VerdictColors
  /// The mean of all pixels, rounded.
  public let meanColor: Color
  /// The mean over the pixels of their RGB distance to the colour of yes, in levels (0...442).
  public let positiveDistance: Double
  /// The same to the colour of no.
  public let negativeDistance: Double
  /// The share of the pixels that are nearer to the colour of yes, in 0...1.
  public let positiveShare: Double
  /// How much nearer the mean colour is to yes than to no, over the distance between the two:
  /// 1 for a perfect yes, -1 for a perfect no, 0 for undecided. Ranks answers.
  public let margin: Double

  private enum CodingKeys: String, CodingKey {
    case isPresent = "present"
    case verdict = "verdict_color"
    case meanColor = "mean_color"
    case colors
    case positiveDistance = "positive_distance"
    case negativeDistance = "negative_distance"
    case positiveShare = "positive_share"
    case margin
  }

  /// Writes everything; the mean colour as `[red, green, blue]`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(isPresent, forKey: .isPresent)
    try container.encode(isPresent ? colors.positive : colors.negative, forKey: .verdict)
    try container.encode([meanColor.red, meanColor.green, meanColor.blue], forKey: .meanColor)
    try container.encode(colors, forKey: .colors)
    try container.encode(positiveDistance, forKey: .positiveDistance)
    try container.encode(negativeDistance, forKey: .negativeDistance)
    try container.encode(positiveShare, forKey: .positiveShare)
    try container.encode(margin, forKey: .margin)
  }
}
