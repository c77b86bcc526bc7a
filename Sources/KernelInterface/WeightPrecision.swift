/// The numbers that packed weights are kept in.
public enum WeightPrecision: String, CaseIterable, Codable, Sendable {
  /// 32 bits.
  case fp32
  /// The upper 16 bits of those, rounded to the nearest, to even in the middle.
  case bf16
}
