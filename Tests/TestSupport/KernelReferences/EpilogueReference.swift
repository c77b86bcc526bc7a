import Foundation
import Kernels

/// The definition of what is fused behind a product, in Double.
public struct EpilogueReference {
  /// `[N]`.
  public var bias: [Float]?
  /// `[ceil(M / rowsPerSample), N]`.
  public var perSample: [Float]?
  /// Rows that share a row of `perSample`.
  public var rowsPerSample = 1
  /// The function applied before the residual is added.
  public var activation = Activation.none
  /// `[M, N]`, dense.
  public var residual: [Float]?
  /// Whether the old content is added.
  public var accumulates = false

  /// Leaves the product as it is.
  public init() {}

  /// The result for the product `product` `[M, N]` over the old content `old`.
  public func apply(to product: [Double], over old: [Float], n: Int) -> [Double] {
    product.indices.map { index in
      let row = index / n
      let column = index - row * n
      var value = product[index]
      if let bias { value += Double(bias[column]) }
      if let perSample { value += Double(perSample[row / rowsPerSample * n + column]) }
      value = Self.activate(activation, value)
      if let residual { value += Double(residual[index]) }
      if accumulates { value += Double(old[index]) }
      return value
    }
  }

  /// `activation(x)` by its definition.
  public static func activate(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .none: x
    case .silu: x / (1 + exp(-x))
    case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .quickGELU: x / (1 + exp(-1.702 * x))
    }
  }
}
