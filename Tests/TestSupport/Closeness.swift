import TensorCore
import Testing

/// Compares two arrays element by element, `|a - b| <= absolute + relative * |b|`, written so that
/// NaN fails; reports the worst element.
public func expectClose<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(
  _ actual: [A], _ expected: [B], absolute: Double, relative: Double = 0, _ label: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(label): \(actual.count) elements instead of \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  var worst = (excess: -Double.infinity, index: -1)
  for index in actual.indices {
    let a = Double(actual[index])
    let b = Double(expected[index])
    let excess = abs(a - b) - (absolute + relative * abs(b))
    let counted = excess.isNaN ? Double.infinity : excess
    if counted > worst.excess { worst = (counted, index) }
  }
  if worst.index >= 0, !(worst.excess <= 0) {
    Issue.record(
      """
      \(label): element \(worst.index) is \(actual[worst.index]), expected \(expected[worst.index]) \
      (tolerance \(absolute) + \(relative) relative)
      """, sourceLocation: sourceLocation)
  }
}
