import Imaging
import Platform

/// Pixel counts of predicted masks against true ones, one pair for each image and class asked.
///
/// The counts are integers, so neither the order of the pairs of different images nor the number of
/// workers that made them changes a score.
public struct SegmentationTally: Sendable {
  /// What one comparison of two masks gives.
  public struct Counts: Hashable, Sendable {
    /// Pixels in both masks.
    public var intersection = 0
    /// Pixels of the predicted mask.
    public var predicted = 0
    /// Pixels of the true mask.
    public var truth = 0
    /// Pixels compared (all but the ignored ones).
    public var compared = 0

    /// Nothing counted yet.
    public init() {}

    /// Counts made elsewhere.
    public init(intersection: Int, predicted: Int, truth: Int, compared: Int) {
      self.intersection = intersection
      self.predicted = predicted
      self.truth = truth
      self.compared = compared
    }

    /// Compares two masks of one size, without the pixels set in `ignored`.
    ///
    /// - Precondition: all masks have one size.
    public init(predicted: Mask, truth: Mask, ignored: Mask? = nil) {
      require(
        predicted.width == truth.width && predicted.height == truth.height,
        "a \(predicted.width)x\(predicted.height) mask compared with \(truth.width)x\(truth.height)"
      )
      require(
        ignored == nil || (ignored?.width == truth.width && ignored?.height == truth.height),
        "the ignored region has not the size of the masks, \(truth.width)x\(truth.height)")
      for index in truth.elements.indices {
        if let ignored, ignored.elements[index] { continue }
        let isPredicted = predicted.elements[index]
        let isTrue = truth.elements[index]
        compared += 1
        if isPredicted { self.predicted += 1 }
        if isTrue { self.truth += 1 }
        if isPredicted && isTrue { intersection += 1 }
      }
    }

    /// Compares two run-length masks of one size, without the pixels of `ignored`.
    ///
    /// - Precondition: all masks have one size.
    public init(
      predicted: RunLengthMask, truth: RunLengthMask, ignored: RunLengthMask? = nil
    ) {
      func inside(_ mask: RunLengthMask) -> Int {
        mask.area - (ignored.map { mask.intersection($0).area } ?? 0)
      }
      self.init(
        intersection: inside(predicted.intersection(truth)), predicted: inside(predicted),
        truth: inside(truth), compared: truth.width * truth.height - (ignored?.area ?? 0))
    }

    /// Pixels in either mask.
    public var union: Int { predicted + truth - intersection }
    /// Intersection over union; absent when both masks are empty.
    public var intersectionOverUnion: Score { .ratio(intersection, union) }
    /// The same for the complements, the background.
    public var backgroundIntersectionOverUnion: Score {
      .ratio(compared - union, compared - intersection)
    }

    /// Adds pixel counts.
    public static func += (left: inout Counts, right: Counts) {
      left.intersection += right.intersection
      left.predicted += right.predicted
      left.truth += right.truth
      left.compared += right.compared
    }
  }

  /// One comparison and what it belongs to.
  public struct Entry: Hashable, Sendable {
    /// The image's identity.
    public let image: String
    /// An index into the list of class names.
    public let classIndex: Int
    /// Pixels counted.
    public let counts: Counts
  }

  /// Class names, in the order of the table.
  public let classes: [String]
  /// The comparisons in the order they were added.
  public private(set) var entries: [Entry] = []

  /// An empty tally over these classes.
  public init(classes: [String]) {
    self.classes = classes
  }

  /// Adds the answer to one query.
  ///
  /// - Parameters:
  ///   - image: identifies the image; answers for the same one are averaged together in the
  ///     image-averaged score.
  ///   - classIndex: an index into ``classes``.
  ///   - ignored: pixels that count nowhere (the dataset's "ignore" label).
  public mutating func add(
    image: String, classIndex: Int, predicted: Mask, truth: Mask, ignored: Mask? = nil
  ) {
    add(
      image: image, classIndex: classIndex,
      counts: Counts(predicted: predicted, truth: truth, ignored: ignored))
  }

  /// Adds counts made elsewhere.
  public mutating func add(image: String, classIndex: Int, counts: Counts) {
    require(
      classes.indices.contains(classIndex), "class \(classIndex) of \(classes.count) classes")
    entries.append(Entry(image: image, classIndex: classIndex, counts: counts))
  }

  /// Adds everything `other` has, after what is here.
  public mutating func merge(_ other: SegmentationTally) {
    require(classes == other.classes, "tallies over different classes can't be merged")
    entries += other.entries
  }
}
