import Platform

/// Yes/no answers against the truth: whether a picture shows a class.
public struct ClassificationTally: Sendable {
  /// A two by two confusion, with room for answers that are neither.
  public struct Confusion: Encodable, Hashable, Sendable {
    /// Shown, and answered yes.
    public var truePositive = 0
    /// Shown, and answered no.
    public var falseNegative = 0
    /// Not shown, and answered yes.
    public var falsePositive = 0
    /// Not shown, and answered no.
    public var trueNegative = 0
    /// Shown, and the answer could not be read; counts as wrong.
    public var unreadablePositive = 0
    /// Not shown, and the answer could not be read; counts as wrong.
    public var unreadableNegative = 0

    /// Nothing counted yet.
    public init() {}

    /// Adds one answer; nil is one that could not be read.
    public mutating func add(truth: Bool, answer: Bool?) {
      switch (truth, answer) {
      case (true, true?): truePositive += 1
      case (true, false?): falseNegative += 1
      case (true, nil): unreadablePositive += 1
      case (false, true?): falsePositive += 1
      case (false, false?): trueNegative += 1
      case (false, nil): unreadableNegative += 1
      }
    }

    /// Pictures that show the class.
    public var positiveCount: Int { truePositive + falseNegative + unreadablePositive }
    /// Pictures that do not.
    public var negativeCount: Int { falsePositive + trueNegative + unreadableNegative }
    /// All answers.
    public var count: Int { positiveCount + negativeCount }
    /// Share of right answers.
    public var accuracy: Score { .ratio(truePositive + trueNegative, count) }
    /// Share of the yeses that are right.
    public var precision: Score { .ratio(truePositive, truePositive + falsePositive) }
    /// Share of the pictures showing the class that were answered yes.
    public var recall: Score { .ratio(truePositive, positiveCount) }
    /// Harmonic mean of precision and recall; absent when nothing is shown and nothing answered yes.
    public var f1: Score {
      .ratio(2 * truePositive, truePositive + falsePositive + positiveCount)
    }

    static func += (left: inout Confusion, right: Confusion) {
      left.truePositive += right.truePositive
      left.falseNegative += right.falseNegative
      left.falsePositive += right.falsePositive
      left.trueNegative += right.trueNegative
      left.unreadablePositive += right.unreadablePositive
      left.unreadableNegative += right.unreadableNegative
    }
  }

  /// Class names, in the order of the table.
  public let classes: [String]
  /// One for each class.
  public private(set) var confusions: [Confusion]

  /// An empty tally over these classes.
  public init(classes: [String]) {
    self.classes = classes
    confusions = [Confusion](repeating: Confusion(), count: classes.count)
  }

  /// Adds the answer to "is there a ... in this picture?".
  ///
  /// - Parameter answer: nil when the painted answer could not be read; it counts as wrong.
  public mutating func add(classIndex: Int, truth: Bool, answer: Bool?) {
    require(
      classes.indices.contains(classIndex), "class \(classIndex) of \(classes.count) classes")
    confusions[classIndex].add(truth: truth, answer: answer)
  }

  /// Adds everything `other` has.
  public mutating func merge(_ other: ClassificationTally) {
    require(classes == other.classes, "tallies over different classes can't be merged")
    for index in classes.indices { confusions[index] += other.confusions[index] }
  }

  /// The scores of everything added so far.
  public func scores() -> ClassificationScores {
    var total = Confusion()
    for confusion in confusions { total += confusion }
    let rows = classes.indices.map { index in
      let confusion = confusions[index]
      return ClassificationScores.ClassRow(
        name: classes[index], accuracy: confusion.accuracy, precision: confusion.precision,
        recall: confusion.recall, f1: confusion.f1, confusion: confusion)
    }
    return ClassificationScores(
      headline: total.accuracy, accuracy: total.accuracy,
      meanClassAccuracy: .mean(of: rows.map(\.accuracy)), precision: total.precision,
      recall: total.recall, f1: total.f1, queryCount: total.count, confusion: total, classes: rows)
  }
}

/// How well yes/no questions were answered.
public struct ClassificationScores: Encodable, Hashable, Sendable {
  /// One row of the table.
  public struct ClassRow: Encodable, Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// Share of right answers.
    public let accuracy: Score
    /// Share of the yeses that are right.
    public let precision: Score
    /// Share of the shown that were answered yes.
    public let recall: Score
    /// Harmonic mean of precision and recall.
    public let f1: Score
    /// The counts underneath.
    public let confusion: ClassificationTally.Confusion
  }

  /// The number to quote: ``accuracy``.
  public let headline: Score
  /// Share of all answers that are right.
  public let accuracy: Score
  /// Mean over the classes asked for of their accuracy.
  public let meanClassAccuracy: Score
  /// Of all classes' answers together, as are ``recall`` and ``f1``.
  public let precision: Score
  /// Share of the shown that were answered yes.
  public let recall: Score
  /// Harmonic mean of precision and recall.
  public let f1: Score
  /// Queries answered.
  public let queryCount: Int
  /// The counts underneath.
  public let confusion: ClassificationTally.Confusion
  /// All classes, in the tally's order.
  public let classes: [ClassRow]
}
