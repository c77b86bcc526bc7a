import Imaging
import Platform
import TensorCore

/// How far everything is: grey, brighter means farther.
///
/// Source: arXiv 2310.00390 (depth as an integer 0...255 in all three channels) and
/// AlaaLab/InstructCV, 0c24fed (range 10 m; the evaluation's inverse, grey * 10 / 255).
public struct DepthTask: VisionTask {
  /// The distances in one picture.
  public struct Annotation: Sendable, Equatable {
    /// Metres, of the picture's size; 0 (or anything not positive and finite) where none is known.
    public var metres: Plane<Float>

    /// Distances in metres.
    public init(metres: Plane<Float>) { self.metres = metres }
  }

  /// Which of the four this is.
  public static let kind = TaskKind.depth

  /// The distance that white stands for; what is farther is white too.
  public var rangeInMetres: Double

  /// - Parameter rangeInMetres: the paper's 10.
  public init(rangeInMetres: Double = 10) {
    require(rangeInMetres > 0 && rangeInMetres.isFinite, "a depth range of \(rangeInMetres) m")
    self.rangeInMetres = rangeInMetres
  }

  /// The words that ask for the depth.
  public func instruction(
    for annotation: Annotation, phrasing: Phrasing, using stream: inout RandomStream
  ) -> Instruction {
    phrasing.instruction(.depth, category: nil, colors: nil, using: &stream)
  }

  /// Each distance as grey, truncated; unknown distances are black.
  ///
  /// - Precondition: the distances have the size of `picture`.
  public func paint(_ annotation: Annotation, on picture: Image) -> Image {
    let metres = annotation.metres
    require(
      metres.width == picture.width && metres.height == picture.height,
      "\(metres.width)x\(metres.height) distances on a \(picture.width)x\(picture.height) picture")
    var painted = Image(width: picture.width, height: picture.height)
    for (index, distance) in metres.elements.enumerated() where distance > 0 {
      let grey = UInt8(min(255, Double(distance) * 255 / rangeInMetres))
      painted.pixels[3 * index] = grey
      painted.pixels[3 * index + 1] = grey
      painted.pixels[3 * index + 2] = grey
    }
    return painted
  }

  /// The mean of each pixel's channels as a distance.
  public func read(
    _ painted: Image, of picture: Image, following instruction: Instruction
  ) throws -> DepthAnswer {
    let scale = rangeInMetres / (3 * 255)
    let metres = (0..<(painted.width * painted.height)).map { index in
      let sum =
        Int(painted.pixels[3 * index]) + Int(painted.pixels[3 * index + 1])
        + Int(painted.pixels[3 * index + 2])
      return Float(Double(sum) * scale)
    }
    return DepthAnswer(
      metres: Plane(width: painted.width, height: painted.height, elements: metres),
      rangeInMetres: rangeInMetres)
  }
}

/// The distances that a painted picture shows.
public struct DepthAnswer: Sendable, Equatable, Encodable {
  /// Metres; 0 where the picture is black, which stands for "unknown".
  public let metres: Plane<Float>
  /// The largest distance that could have been shown.
  public let rangeInMetres: Double
  /// The smallest distance that isn't 0, in metres; 0 when there is none.
  public let minimum: Double
  /// The median of the distances that aren't 0, in metres (the lower one of two); 0 if none.
  public let median: Double
  /// The largest distance, in metres.
  public let maximum: Double

  /// An answer that is `metres`.
  public init(metres: Plane<Float>, rangeInMetres: Double = 10) {
    self.metres = metres
    self.rangeInMetres = rangeInMetres
    let known = metres.elements.filter { $0 > 0 }.sorted()
    minimum = Double(known.first ?? 0)
    median = known.isEmpty ? 0 : Double(known[(known.count - 1) / 2])
    maximum = Double(known.last ?? 0)
  }

  private enum CodingKeys: String, CodingKey {
    case minimum = "minimum_metres"
    case median = "median_metres"
    case maximum = "maximum_metres"
  }

  /// Writes the three statistics; the map itself is the painted picture.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(minimum, forKey: .minimum)
    try container.encode(median, forKey: .median)
    try container.encode(maximum, forKey: .maximum)
  }
}
