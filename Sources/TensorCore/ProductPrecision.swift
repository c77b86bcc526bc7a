import Kernels
import Platform

/// What the products with a trainable weight are computed in, forward and backward. Sums, the
/// weight, its gradient and everything else are of 32 bits.
public enum ProductPrecision: String, NamedChoice, Sendable {
  case fp32
  /// The numbers of both operands are rounded to a float's upper 16 bits while they are packed.
  case bf16

  /// This where the kernels in use multiply such numbers, elsewhere `fp32`: rounding alone makes
  /// nothing faster.
  public var onThisMachine: ProductPrecision {
    kernels.prefersNarrowedProducts(panels) ? self : .fp32
  }

  /// For logs, where it is `bf16` that is asked for: what is computed.
  public var remark: String? {
    guard self == .bf16 else { return nil }
    return onThisMachine == .bf16
      ? "products are of bf16, sums of fp32"
      : "products are of fp32: the kernels \(KernelSelection.current.rawValue) don't multiply bf16"
  }

  /// What panels of weights hold.
  var panels: WeightPrecision {
    switch self {
    case .fp32: .fp32
    case .bf16: .bf16
    }
  }

  var arithmetic: ProductArithmetic {
    switch self {
    case .fp32: .widened
    case .bf16: .narrowed
    }
  }
}
