import Imaging
import Platform
import TensorCore

/// Where a category is: the photo with a blue outline around each instance.
///
/// Painting: AlaaLab/InstructCV, `build_data`, 0c24fed (COCO: outline 0, 0, 255, width 4 at the
/// photo's own resolution, Pillow's rectangle). Reading is this package's own, see
/// ``OutlineFinder``; it uses no ground truth, where the source keeps only boxes that match some.
public struct DetectionTask: VisionTask {
  /// The boxes of one category in one picture.
  public struct Annotation: Sendable, Hashable {
    /// What the boxes are around.
    public var category: String
    /// All instances, in pixels of the picture.
    public var boxes: [Box]

    /// All instances of `category`.
    public init(category: String, boxes: [Box]) {
      self.category = category
      self.boxes = boxes
    }
  }

  /// Which of the four this is.
  public static let kind = TaskKind.detection

  /// What outlines are painted in; any strong colour works, grey ones don't.
  public var outlineColor: Color
  /// How wide outlines are painted, in pixels, growing inwards.
  public var outlineWidth: Int
  /// The shortest side of a box that is believed when reading, in pixels.
  public var minimumSide: Int
  /// The lowest score that is reported, in 0...1.
  public var minimumScore: Double

  /// The paper's parameters.
  public init(
    outlineColor: Color = Color(0, 0, 255), outlineWidth: Int = 4, minimumSide: Int = 6,
    minimumScore: Double = 0.25
  ) {
    require(outlineWidth >= 1, "an outline can't be \(outlineWidth) pixels wide")
    require(minimumSide >= 3, "a box needs 3 pixels a side, not \(minimumSide)")
    require(
      OutlineEvidence.isColorful(outlineColor), "outlines need a strong colour to be found again")
    self.outlineColor = outlineColor
    self.outlineWidth = outlineWidth
    self.minimumSide = minimumSide
    self.minimumScore = minimumScore
  }

  /// The words that ask for the boxes.
  public func instruction(
    for annotation: Annotation, phrasing: Phrasing, using stream: inout RandomStream
  ) -> Instruction {
    phrasing.instruction(.detection, category: annotation.category, colors: nil, using: &stream)
  }

  /// `picture` with an outline for each box.
  ///
  /// As Pillow draws rectangles: corners truncated to whole pixels and inclusive, the stroke growing
  /// inwards; what lies outside the picture is cut off.
  public func paint(_ annotation: Annotation, on picture: Image) -> Image {
    var painted = picture
    for box in annotation.boxes {
      painted.strokeBox(box, color: outlineColor, width: outlineWidth)
    }
    return painted
  }

  /// The boxes whose outlines `painted` shows, best first.
  ///
  /// The inverse of ``paint(_:on:)``: a box with whole-number edges inside the picture comes back
  /// exactly, also one that ends on the last pixel or at the border. How far an outline goes on
  /// beyond the border can't be known; such a box ends there.
  ///
  /// Of two boxes that share two opposite lines, the outlines tell only what lies between them:
  /// `[10, 60]` and `[40, 100]` look like `[10, 100]` around `[40, 60]`. Unless the strokes differ
  /// in opacity they are read as the former, two things side by side being the more usual.
  /// - Parameters:
  ///   - picture: tells what was blue before; of any size.
  ///   - instruction: its category is copied.
  public func read(
    _ painted: Image, of picture: Image, following instruction: Instruction
  ) throws -> DetectionAnswer {
    let evidence = OutlineEvidence(
      of: outlineColor, in: painted, comparedWith: picture, nominalWidth: outlineWidth)
    let finder = OutlineFinder(
      evidence: evidence, nominalWidth: outlineWidth, minimumSide: minimumSide)
    let detections = finder.outlines().filter { $0.score >= minimumScore }.map { outline in
      // The last painted pixel is the box's right and bottom edge, not the one before it. Of a
      // stroke that is narrower at the border, the rest lies outside.
      Detection(
        box: Box(
          left: Double(max(0, outline.left)), top: Double(max(0, outline.top)),
          right: Double(
            outline.right > painted.width ? painted.width : outline.right - 1),
          bottom: Double(
            outline.bottom > painted.height ? painted.height : outline.bottom - 1)),
        score: outline.score)
    }
    return DetectionAnswer(
      width: painted.width, height: painted.height,
      detections: detections.sorted { $0.score > $1.score })
  }
}

/// One box that was read.
public struct Detection: Sendable, Hashable, Encodable {
  /// Where, in pixels of the painted picture.
  public var box: Box
  /// How complete and how blue the outline is, in 0...1; for ranking.
  public var score: Double

  /// A box with its score.
  public init(box: Box, score: Double) {
    self.box = box
    self.score = score
  }

  private enum CodingKeys: String, CodingKey { case box, score }

  /// Writes `box` as `[x, y, width, height]`, and `score`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode([box.left, box.top, box.width, box.height], forKey: .box)
    try container.encode(score, forKey: .score)
  }
}

/// The boxes of one category that a painted picture shows.
public struct DetectionAnswer: Sendable, Hashable, Encodable {
  /// The painted picture's width, in pixels.
  public var width: Int
  /// The painted picture's height, in pixels.
  public var height: Int
  /// The boxes, best first.
  public var detections: [Detection]

  /// An answer about a picture of `width` x `height`.
  public init(width: Int, height: Int, detections: [Detection]) {
    self.width = width
    self.height = height
    self.detections = detections
  }

  private enum CodingKeys: String, CodingKey { case count, boxes }

  /// Writes `count` and `boxes`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(detections.count, forKey: .count)
    try container.encode(detections, forKey: .boxes)
  }
}
