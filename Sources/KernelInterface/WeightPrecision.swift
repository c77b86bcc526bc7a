/// The numbers that packed weights are kept in.
public enum WeightPrecision: String, CaseIterable, Codable, Sendable {
  /// 32 bits.
  case fp32
  /// The upper 16 bits of those, rounded to the nearest, to even in the middle.
  case bf16
  /// Integers of 8 bits, -127 to 127, times a factor for each column (output channel): its largest
  /// magnitude over 127.
  case int8
}

/// What products with narrow weights are computed in.
public enum ProductArithmetic: CaseIterable, Sendable {
  /// Weights are widened: the products are those of their rounded numbers in `fp32`.
  case widened
  /// The left operand is narrowed as well, with the instructions that multiply such numbers.
  ///
  /// For `bf16` its numbers are rounded to the nearest and sums are of 32 bits. For `int8` each row is
  /// divided by a factor of its own in each run of the reduction, the run's largest magnitude over
  /// 127, and rounded; the sums of a run are exact. For `fp32` nothing is narrow.
  case narrowed
}
