extension Plane where Element == UInt8 {
  /// How often each of the 256 levels occurs.
  public var histogram: [Int] {
    var histogram = [Int](repeating: 0, count: 256)
    for element in elements { histogram[Int(element)] += 1 }
    return histogram
  }

  /// The level that parts the elements into two groups, `<= level` and `> level`, whose means lie
  /// furthest apart for their weights (Otsu 1979). 0 when all elements are equal.
  public var otsuThreshold: UInt8 {
    let histogram = histogram
    let total = Double(elements.count)
    let mean = histogram.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) } / total
    var (lowShare, lowMean, best) = (0.0, 0.0, 0.0)
    var threshold = 0
    for (level, occurrences) in histogram.enumerated() {
      let share = Double(occurrences) / total
      lowMean *= lowShare
      lowShare += share
      let highShare = 1 - lowShare
      // Groups smaller than rounding are none.
      guard min(lowShare, highShare) >= Double(Float.ulpOfOne) else { continue }
      lowMean = (lowMean + Double(level) * share) / lowShare
      let highMean = (mean - lowShare * lowMean) / highShare
      let separation = lowShare * highShare * (lowMean - highMean) * (lowMean - highMean)
      if separation > best {
        best = separation
        threshold = level
      }
    }
    return UInt8(threshold)
  }

  /// Set where an element is larger than `level`.
  public func above(_ level: UInt8) -> Mask { map { $0 > level } }
}

extension Plane where Element: Equatable {
  /// Set where an element equals `value`: one class of a label map.
  public func equal(to value: Element) -> Mask { map { $0 == value } }
}
