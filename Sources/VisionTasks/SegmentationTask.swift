import Imaging
import Platform
import TensorCore

/// Which pixels are a category: white where it is, black elsewhere.
///
/// Painting: AlaaLab/InstructCV, `build_data`, 0c24fed (instances simply unite). Reading: the
/// paper's mean over the three channels.
public struct SegmentationTask: VisionTask {
  /// The masks of one category in one picture.
  public struct Annotation: Sendable, Equatable {
    /// What the masks cover.
    public var category: String
    /// One mask for each instance, or one for all; of the picture's size.
    public var masks: [Mask]

    /// All instances of `category`.
    public init(category: String, masks: [Mask]) {
      self.category = category
      self.masks = masks
    }
  }

  /// Which of the four this is.
  public static let kind = TaskKind.segmentation

  /// A pixel belongs to the mask when the mean of its channels is above this, in 0...255.
  public var threshold: Double
  /// Groups of fewer pixels disappear, specks as well as holes; 0 keeps everything.
  public var minimumSpeckArea: Int

  /// - Parameters:
  ///   - threshold: 127 is the middle; the source's evaluation has used 0, 10 and 125.
  ///   - minimumSpeckArea: 0 keeps everything.
  public init(threshold: Double = 127, minimumSpeckArea: Int = 0) {
    require(minimumSpeckArea >= 0, "a speck can't have \(minimumSpeckArea) pixels")
    self.threshold = threshold
    self.minimumSpeckArea = minimumSpeckArea
  }

  /// The words that ask for the mask.
  public func instruction(
    for annotation: Annotation, phrasing: Phrasing, using stream: inout RandomStream
  ) -> Instruction {
    phrasing.instruction(.segmentation, category: annotation.category, colors: nil, using: &stream)
  }

  /// The union of the masks in white on black.
  ///
  /// - Precondition: each mask has the size of `picture`.
  public func paint(_ annotation: Annotation, on picture: Image) -> Image {
    var painted = Image(width: picture.width, height: picture.height)
    for mask in annotation.masks {
      require(
        mask.width == picture.width && mask.height == picture.height,
        "a \(mask.width)x\(mask.height) mask on a \(picture.width)x\(picture.height) picture")
      for (index, isInside) in mask.elements.enumerated() where isInside {
        painted.pixels[3 * index] = 255
        painted.pixels[3 * index + 1] = 255
        painted.pixels[3 * index + 2] = 255
      }
    }
    return painted
  }

  /// The pixels brighter than the threshold.
  public func read(
    _ painted: Image, of picture: Image, following instruction: Instruction
  ) throws -> SegmentationAnswer {
    var elements = [Bool](repeating: false, count: painted.width * painted.height)
    for index in elements.indices {
      let sum =
        Int(painted.pixels[3 * index]) + Int(painted.pixels[3 * index + 1])
        + Int(painted.pixels[3 * index + 2])
      elements[index] = Double(sum) > 3 * threshold
    }
    var mask = Mask(width: painted.width, height: painted.height, elements: elements)
    PixelComponents.removeSmall(true, below: minimumSpeckArea, in: &mask, diagonal: true)
    PixelComponents.removeSmall(false, below: minimumSpeckArea, in: &mask, diagonal: false)
    return SegmentationAnswer(mask: mask)
  }
}

/// The pixels of one category that a painted picture shows.
public struct SegmentationAnswer: Sendable, Equatable, Encodable {
  /// True where the category is.
  public let mask: Mask
  /// How many pixels that is.
  public let area: Int

  /// An answer that is `mask`.
  public init(mask: Mask) {
    self.mask = mask
    area = mask.elements.reduce(0) { $1 ? $0 + 1 : $0 }
  }

  private enum CodingKeys: String, CodingKey { case area, share, mask }

  /// Writes `area` (pixels), `share` (of the picture) and `mask` (compressed COCO run lengths).
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(area, forKey: .area)
    try container.encode(Double(area) / Double(mask.elements.count), forKey: .share)
    let runs = RunLengthMask(mask)
    var nested = container.nestedContainer(keyedBy: RunLengthKeys.self, forKey: .mask)
    try nested.encode([runs.height, runs.width], forKey: .size)
    try nested.encode(runs.compressed, forKey: .counts)
  }

  private enum RunLengthKeys: String, CodingKey { case size, counts }
}
