import Platform

extension RunLengthMask {
  /// The pixels set in either.
  ///
  /// - Precondition: both have the same size.
  public func union(_ other: RunLengthMask) -> RunLengthMask {
    combined(with: other) { $0 || $1 }
  }

  /// The pixels set in both.
  ///
  /// - Precondition: both have the same size.
  public func intersection(_ other: RunLengthMask) -> RunLengthMask {
    combined(with: other) { $0 && $1 }
  }

  private func combined(
    with other: RunLengthMask, _ operation: (Bool, Bool) -> Bool
  ) -> RunLengthMask {
    var counts: [Int] = []
    var current = false
    var run = 0
    forEachCommonRun(with: other) { count, left, right in
      let value = operation(left, right)
      if value != current {
        counts.append(run)
        run = 0
        current = value
      }
      run += count
    }
    counts.append(run)
    return RunLengthMask(width: width, height: height, validCounts: counts)
  }

  /// Intersection over union; 0 when nothing is common.
  ///
  /// - Parameter isCrowd: `other` marks a group of things, of which this may be one: the
  ///   intersection is then divided by this mask's area, as COCO's evaluation does.
  /// - Precondition: both have the same size.
  public func intersectionOverUnion(_ other: RunLengthMask, isCrowd: Bool = false) -> Double {
    var (intersection, union) = (0, 0)
    forEachCommonRun(with: other) { count, left, right in
      if left && right { intersection += count }
      if left || right { union += count }
    }
    guard intersection > 0 else { return 0 }
    return Double(intersection) / Double(isCrowd ? area : union)
  }

  /// Walks both masks at once, in stretches where neither changes.
  private func forEachCommonRun(
    with other: RunLengthMask, _ body: (_ count: Int, _ left: Bool, _ right: Bool) -> Void
  ) {
    require(
      width == other.width && height == other.height,
      "masks of \(width)x\(height) and \(other.width)x\(other.height) pixels can't be combined")
    var (left, right) = (RunCursor(counts), RunCursor(other.counts))
    while let count = left.remaining.flatMap({ one in right.remaining.map { min(one, $0) } }) {
      body(count, left.isSet, right.isSet)
      left.advance(by: count)
      right.advance(by: count)
    }
  }
}

/// A position in a list of runs.
private struct RunCursor {
  private let counts: [Int]
  private var index = 0
  private var used = 0

  init(_ counts: [Int]) {
    self.counts = counts
    skipFinishedRuns()
  }

  var isSet: Bool { index % 2 == 1 }

  /// What is left of the current run; nil at the end.
  var remaining: Int? { index < counts.count ? counts[index] - used : nil }

  mutating func advance(by count: Int) {
    used += count
    skipFinishedRuns()
  }

  private mutating func skipFinishedRuns() {
    while index < counts.count, counts[index] == used {
      index += 1
      used = 0
    }
  }
}
