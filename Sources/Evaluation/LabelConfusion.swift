import Imaging
import Platform

/// A confusion matrix over label maps: for predictions that name one class for every pixel.
public struct LabelConfusion: Sendable {
  /// All classes, in the order given.
  public let classes: [String]
  /// Pixels of true class `row` predicted as `column`, `[row, column]`. One more column than
  /// classes: it takes predictions that are no class (the ignore value), which count as errors of
  /// the true class.
  public private(set) var counts: [Int]

  /// An empty tally over these classes.
  public init(classes: [String]) {
    self.classes = classes
    counts = [Int](repeating: 0, count: classes.count * (classes.count + 1))
  }

  /// Pixels of true class `truth` predicted as `predicted`; `classes.count` stands for none.
  public subscript(truth truth: Int, predicted predicted: Int) -> Int {
    counts[truth * (classes.count + 1) + predicted]
  }

  /// Adds one image. Pixels whose *true* label is `ignoredLabel`, or is no class, are dropped.
  ///
  /// - Precondition: both maps have one size.
  public mutating func add<Label: FixedWidthInteger & Sendable>(
    predicted: Plane<Label>, truth: Plane<Label>, ignoredLabel: Label
  ) {
    require(
      predicted.width == truth.width && predicted.height == truth.height,
      "\(predicted.width)x\(predicted.height) labels compared with \(truth.width)x\(truth.height)")
    let columns = classes.count + 1
    for index in truth.elements.indices {
      let label = truth.elements[index]
      guard label != ignoredLabel, let row = Int(exactly: label), classes.indices.contains(row)
      else { continue }
      let guess = predicted.elements[index]
      var column = classes.count
      if guess != ignoredLabel, let exact = Int(exactly: guess), classes.indices.contains(exact) {
        column = exact
      }
      counts[row * columns + column] += 1
    }
  }

  /// The scores of everything added so far.
  public func scores() -> LabelScores {
    let columns = classes.count + 1
    var rows: [LabelScores.ClassRow] = []
    var total = 0
    var hits = 0
    for truth in classes.indices {
      let hit = self[truth: truth, predicted: truth]
      let truePixels = counts[(truth * columns)..<((truth + 1) * columns)].reduce(0, +)
      let predictedPixels = classes.indices.reduce(0) { $0 + self[truth: $1, predicted: truth] }
      total += truePixels
      hits += hit
      rows.append(
        LabelScores.ClassRow(
          name: classes[truth],
          intersectionOverUnion: truePixels > 0
            ? .ratio(hit, truePixels + predictedPixels - hit) : .absent,
          accuracy: .ratio(hit, truePixels), truthPixels: truePixels,
          predictedPixels: predictedPixels))
    }
    let weighted = rows.reduce(0) {
      $0 + Double($1.truthPixels) * ($1.intersectionOverUnion.value ?? 0)
    }
    return LabelScores(
      meanIoU: .mean(of: rows.map(\.intersectionOverUnion)), pixelAccuracy: .ratio(hits, total),
      meanAccuracy: .mean(of: rows.map(\.accuracy)),
      frequencyWeightedIoU: .ratio(weighted, Double(total)), classes: rows)
  }
}

/// How well label maps agree.
public struct LabelScores: Encodable, Hashable, Sendable {
  /// One row of the table.
  public struct ClassRow: Encodable, Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// Absent when the class never occurs in the ground truth.
    public let intersectionOverUnion: Score
    /// Share of the class's true pixels labelled rightly.
    public let accuracy: Score
    /// True pixels over the whole set.
    public let truthPixels: Int
    /// Predicted pixels over the whole set.
    public let predictedPixels: Int
  }

  /// Mean over the classes that occur in the ground truth.
  public let meanIoU: Score
  /// Share of pixels labelled rightly.
  public let pixelAccuracy: Score
  /// Mean over the classes that occur of their accuracy.
  public let meanAccuracy: Score
  /// IoU weighted by how many true pixels each class has.
  public let frequencyWeightedIoU: Score
  /// All classes, in the order given.
  public let classes: [ClassRow]
}
