import Imaging
import Platform

/// A box as the detection toolkits measure it: a corner and an extent, in pixels, kept in this form
/// because the edges of a decimal box can't be converted back without rounding.
public struct BoxExtent: Hashable, Sendable, Codable {
  /// Left edge.
  public var x: Double
  /// Top edge.
  public var y: Double
  /// Width in pixels.
  public var width: Double
  /// Height in pixels.
  public var height: Double

  /// A box from its upper left corner.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// A box from its edges.
  public init(_ box: Box) {
    self.init(x: box.left, y: box.top, width: box.width, height: box.height)
  }

  /// Width times height.
  public var area: Double { width * height }
  /// The same box by its edges.
  public var box: Box { Box(left: x, top: y, right: x + width, bottom: y + height) }

  /// Intersection over union with continuous widths; for a crowd region, intersection over the area
  /// of this box alone.
  func overlap(with truth: BoxExtent, isCrowd: Bool) -> Double {
    let sharedWidth = min(width + x, truth.width + truth.x) - max(x, truth.x)
    guard sharedWidth > 0 else { return 0 }
    let sharedHeight = min(height + y, truth.height + truth.y) - max(y, truth.y)
    guard sharedHeight > 0 else { return 0 }
    let intersection = sharedWidth * sharedHeight
    let overlap = intersection / (isCrowd ? area : area + truth.area - intersection)
    // Endless boxes divide infinity by infinity; they fit nothing.
    return overlap.isFinite ? overlap : 0
  }
}

/// A true box.
public struct TruthBox: Hashable, Sendable {
  /// An index into the list of class names.
  public var classIndex: Int
  /// Where it is.
  public var extent: BoxExtent
  /// The area that decides whether the object is small, medium or large, in pixels: COCO uses the
  /// area of the object's mask.
  public var area: Double
  /// COCO: the box covers a group; it never counts as missed and absorbs any number of detections.
  public var isCrowd: Bool
  /// VOC: the object counts neither as found nor as missed.
  public var isDifficult: Bool

  /// - Parameter area: nil takes the area of the box.
  public init(
    classIndex: Int, extent: BoxExtent, area: Double? = nil, isCrowd: Bool = false,
    isDifficult: Bool = false
  ) {
    self.classIndex = classIndex
    self.extent = extent
    self.area = area ?? extent.area
    self.isCrowd = isCrowd
    self.isDifficult = isDifficult
  }

  /// The same from a box given by its edges.
  public init(
    classIndex: Int, box: Box, area: Double? = nil, isCrowd: Bool = false, isDifficult: Bool = false
  ) {
    self.init(
      classIndex: classIndex, extent: BoxExtent(box), area: area, isCrowd: isCrowd,
      isDifficult: isDifficult)
  }
}

/// A predicted box.
public struct DetectedBox: Hashable, Sendable {
  /// An index into the list of class names.
  public var classIndex: Int
  /// Where it is.
  public var extent: BoxExtent
  /// Higher is surer; any finite scale. Painted boxes that carry no confidence all have 1.
  public var score: Double

  /// A box found, with its confidence.
  public init(classIndex: Int, extent: BoxExtent, score: Double = 1) {
    self.classIndex = classIndex
    self.extent = extent
    self.score = score
  }

  /// The same from a box given by its edges.
  public init(classIndex: Int, box: Box, score: Double = 1) {
    self.init(classIndex: classIndex, extent: BoxExtent(box), score: score)
  }
}

/// What is in one image and what was found there. An image without detections must be present: its
/// objects count as missed.
public struct DetectionSample: Hashable, Sendable {
  /// What is there.
  public var truths: [TruthBox]
  /// In the order of the results file: it breaks ties between equal scores.
  public var detections: [DetectedBox]

  /// One image.
  public init(truths: [TruthBox], detections: [DetectedBox]) {
    self.truths = truths
    self.detections = detections
  }

  func checkClasses(_ count: Int) {
    for truth in truths {
      require(
        truth.classIndex >= 0 && truth.classIndex < count,
        "class \(truth.classIndex) of \(count) classes")
    }
    for detection in detections {
      require(
        detection.classIndex >= 0 && detection.classIndex < count,
        "class \(detection.classIndex) of \(count) classes")
      require(detection.score.isFinite, "a detection's score is \(detection.score)")
    }
  }
}
