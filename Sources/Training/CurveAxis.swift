import Foundation

/// One axis of a plot: where a value goes and which values get a label.
package struct CurveAxis {
  /// A labelled place, 0 at the axis' start and 1 at its end.
  package struct Tick: Equatable {
    package let position: Double
    package let label: String
  }

  package let isLogarithmic: Bool
  /// In the unit of the values; `lower < upper`, both positive when logarithmic.
  package let lower: Double
  package let upper: Double

  /// - Parameter values: finite; equal or no values get a range around them.
  package init(covering values: [Double], isLogarithmic: Bool, margin: Double) {
    self.isLogarithmic = isLogarithmic
    let known = isLogarithmic ? values.filter { $0 > 0 } : values
    var low = known.min() ?? (isLogarithmic ? 0.1 : 0)
    var high = known.max() ?? 1
    if isLogarithmic {
      if log(high) - log(low) < 0.01 { (low, high) = (low / 1.5, high * 1.5) }
      let growth = exp(margin * (log(high) - log(low)))
      lower = max(low / growth, .leastNormalMagnitude)
      upper = min(high * growth, .greatestFiniteMagnitude)
    } else {
      let middle = low / 2 + high / 2
      if !(high / 2 - low / 2 > abs(middle) * 1e-9) {
        let reach = middle == 0 ? 0.5 : abs(middle) * 0.1
        (low, high) = (middle - reach, middle + reach)
      }
      // Halved first: the difference of two extreme values is not finite.
      lower = max(low - 2 * margin * (high / 2 - low / 2), -.greatestFiniteMagnitude)
      upper = min(high + 2 * margin * (high / 2 - low / 2), .greatestFiniteMagnitude)
    }
  }

  /// 0 at the lower end, 1 at the upper; nil for what a logarithmic axis can't show.
  package func position(_ value: Double) -> Double? {
    if isLogarithmic {
      return value > 0 ? (log(value) - log(lower)) / (log(upper) - log(lower)) : nil
    }
    return (value / 2 - lower / 2) / (upper / 2 - lower / 2)
  }

  /// Round values inside the axis, about `count` of them.
  package func ticks(about count: Int) -> [Tick] {
    let values = isLogarithmic ? logarithmicValues(count) : linearValues(count)
    return values.compactMap { value in
      guard let position = position(value), (-1e-9...1 + 1e-9).contains(position) else {
        return nil
      }
      return Tick(position: position, label: Self.label(value))
    }
  }

  private func linearValues(_ count: Int) -> [Double] {
    let rough = (upper / 2 - lower / 2) / Double(max(count, 1)) * 2
    let decade = pow(10, floor(log10(rough)))
    guard decade.isNormal else { return [] }
    let step = ([1, 2, 5].first { $0 * decade >= rough * 0.99 } ?? 10) * decade
    let first = ceil(lower / step)
    let last = floor(upper / step)
    guard last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
  }

  private func logarithmicValues(_ count: Int) -> [Double] {
    let first = Int(floor(log10(lower)))
    let last = Int(ceil(log10(upper)))
    let decades = log10(upper) - log10(lower)
    // One, two or three labels a decade; over few decades 1-2-5, over many whole decades apart.
    if decades < 0.7 {
      return CurveAxis(covering: [lower, upper], isLogarithmic: false, margin: 0)
        .linearValues(count)
    }
    let digits: [Double] = decades < Double(count) / 2.5 ? [1, 2, 5] : [1]
    let spacing = max(1, Int((decades / Double(max(count, 1))).rounded(.up)))
    return (first...last).filter { $0.isMultiple(of: spacing) }.flatMap { exponent in
      digits.map { $0 * pow(10, Double(exponent)) }
    }
  }

  /// Short: 0.05, 12, 2.5k, 1M, 3e-7.
  static func label(_ value: Double) -> String {
    let size = abs(value)
    if size >= 1e9 || (size > 0 && size < 1e-4) { return scientific(value) }
    for (unit, letter) in [(1e6, "M"), (1e3, "k")] where size >= unit {
      return short(value / unit) + letter
    }
    return short(value)
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func scientific(_ value: Double) -> String {
    let parts = String(format: "%.2e", value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return short(value) }
    var digits = parts[0]
    while digits.hasSuffix("0") || digits.hasSuffix(".") {
      let wasPoint = digits.hasSuffix(".")
      digits.removeLast()
      if wasPoint { break }
    }
    return "\(digits)e\(exponent)"
  }
}
