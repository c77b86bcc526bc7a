/// A measured number, or the statement that there was nothing to measure.
///
/// The one rule about missing values in this target: what can't be computed (a class that never
/// occurs, an average over nothing, a division by zero) is absent, never 0 and never NaN, it is left
/// out of averages, and it is `null` in JSON and a dash in tables.
public struct Score: Hashable, Sendable {
  /// The number, always finite, or nil.
  public let value: Double?

  /// Wraps a number; NaN, infinities and nil all become absent.
  public init(_ value: Double?) {
    if let value, value.isFinite { self.value = value } else { self.value = nil }
  }

  /// No measurement.
  public static let absent = Score(nil)

  /// `numerator / denominator`, absent when the denominator is 0.
  public static func ratio(_ numerator: Double, _ denominator: Double) -> Score {
    Score(denominator == 0 ? nil : numerator / denominator)
  }

  /// `numerator / denominator`, absent when the denominator is 0.
  public static func ratio(_ numerator: Int, _ denominator: Int) -> Score {
    ratio(Double(numerator), Double(denominator))
  }

  /// The mean of the numbers present, added in the order given; absent when there are none.
  public static func mean(of scores: some Sequence<Score>) -> Score {
    var sum = 0.0
    var count = 0
    for case let value? in scores.lazy.map(\.value) {
      sum += value
      count += 1
    }
    return ratio(sum, Double(count))
  }

  /// The mean of plain numbers; absent when there are none or one is not finite.
  public static func mean(of values: some Sequence<Double>) -> Score {
    var sum = 0.0
    var count = 0
    for value in values {
      sum += value
      count += 1
    }
    return ratio(sum, Double(count))
  }
}

extension Score: Codable {
  /// Reads a number or `null`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(container.decodeNil() ? nil : try container.decode(Double.self))
  }

  /// A number or `null`; the key around it is always written.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension Score: CustomStringConvertible {
  /// The number, or "absent".
  public var description: String { value.map { "\($0)" } ?? "absent" }

  /// The number with a fixed count of decimals, or a dash. A value that rounds to zero carries no
  /// sign.
  public func text(decimals: Int, scaledBy factor: Double = 1, absent: String = "–") -> String {
    guard let value else { return absent }
    return FixedDecimal.text(value * factor, decimals: decimals)
  }
}
