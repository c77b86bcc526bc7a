import Kernels
import TensorCore

/// `y = x Wᵀ + b` over the last axis.
public struct Linear: Sendable {
  public let weight: MatrixWeight
  public let bias: Parameter?

  /// - Parameters:
  ///   - isPointConvolution: the checkpoint holds a 1x1 convolution, which on channels-last maps is
  ///     the same product.
  ///   - initial: rule for the weight; PyTorch's default when nil. The bias is then zero unless the
  ///     rule is the default one.
  public init(
    _ scope: WeightScope, inputs: Int, outputs: Int, hasBias: Bool = true,
    isPointConvolution: Bool = false, initial: Initialization? = nil
  ) {
    weight = scope.matrix(
      "weight", outputs: outputs, inputs: inputs, isPointConvolution: isPointConvolution,
      initial: initial ?? .fanIn(inputs))
    bias =
      hasBias
      ? scope.vector("bias", count: outputs, initial: initial == nil ? .fanIn(inputs) : .zeros)
      : nil
  }

  /// - Parameters:
  ///   - x: `[.., K]`.
  ///   - residual: `[.., N]`, added after the activation.
  /// - Returns: `[.., N]`.
  public func callAsFunction(
    _ x: Tensor, activation: Activation = .none, residual: Tensor? = nil
  ) -> Tensor {
    x.linear(weight, bias: bias, activation: activation, residual: residual)
  }
}
