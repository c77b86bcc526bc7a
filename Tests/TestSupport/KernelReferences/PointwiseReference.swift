import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// The definitions of the pointwise functions, in Double.
package enum PointwiseReference {
  package static func activate(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .none: x
    case .silu: x / (1 + exp(-x))
    case .gelu: x * cumulative(x)
    case .quickGELU: x / (1 + exp(-1.702 * x))
    }
  }

  /// The derivative of `activate`.
  package static func slope(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .none: return 1
    case .silu:
      let s = 1 / (1 + exp(-x))
      return s + x * s * (1 - s)
    case .gelu:
      return cumulative(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .quickGELU:
      let s = 1 / (1 + exp(-1.702 * x))
      return s + 1.702 * x * s * (1 - s)
    }
  }

  /// `e^x`.
  package static func exponential(_ x: Double) -> Double { exp(x) }

  /// Softmax of one row.
  package static func softmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let powers = row.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The normal distribution function.
  private static func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
}
