import Foundation

/// Repeated measurements of one thing. On a busy machine the minimum tells most.
public struct Spread: Codable, Sendable, Equatable {
  public var minimum: Double
  public var median: Double
  public var maximum: Double

  public init(minimum: Double, median: Double, maximum: Double) {
    self.minimum = minimum
    self.median = median
    self.maximum = maximum
  }

  /// - Parameter values: at least one.
  public init(_ values: [Double]) {
    let sorted = values.sorted()
    minimum = sorted.first ?? 0
    maximum = sorted.last ?? 0
    let middle = sorted.count / 2
    median =
      sorted.isEmpty
      ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// Milliseconds of `body`, run `repeats` times after `warmUp` times that are not counted.
  static func milliseconds(
    warmUp: Int, repeats: Int, _ body: () throws -> Void
  ) rethrows -> Spread {
    for _ in 0..<warmUp { try body() }
    return Spread(try (0..<max(repeats, 1)).map { _ in try Stopwatch.milliseconds(body).time })
  }

  /// `minimum / median / maximum`.
  public func text(_ format: String = "%.2f") -> String {
    [minimum, median, maximum].map { String(format: format, $0) }.joined(separator: " / ")
  }
}

enum Stopwatch {
  static func milliseconds<R>(_ body: () throws -> R) rethrows -> (result: R, time: Double) {
    let start = ContinuousClock.now
    let result = try body()
    return (result, (ContinuousClock.now - start) / .milliseconds(1))
  }
}
