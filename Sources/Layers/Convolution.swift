import TensorCore

/// A square convolution over channels-last maps.
public struct Convolution: Sendable {
  public let weight: MatrixWeight
  public let bias: Parameter?
  public let stride: Int
  public let padding: Padding

  /// - Parameter initial: rule for the weight; PyTorch's default when nil. The bias is zero unless
  ///   the rule is the default one.
  public init(
    _ scope: WeightScope, inputs: Int, outputs: Int, size: Int = 3, stride: Int = 1,
    padding: Padding? = nil, initial: Initialization? = nil
  ) {
    let fanIn = inputs * size * size
    weight = scope.kernel(
      "weight", outputs: outputs, inputs: inputs, size: size, initial: initial ?? .fanIn(fanIn))
    bias = scope.vector("bias", count: outputs, initial: initial == nil ? .fanIn(fanIn) : .zeros)
    self.stride = stride
    self.padding = padding ?? Padding(size / 2)
  }

  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - perSample: `[N, OC]`, added to every pixel of its sample.
  ///   - residual: `[N, OH, OW, OC]`, added last.
  /// - Returns: `[N, OH, OW, OC]`.
  public func callAsFunction(
    _ x: Tensor, perSample: Tensor? = nil, residual: Tensor? = nil
  ) -> Tensor {
    x.convolution(
      weight, bias: bias, stride: stride, padding: padding, perSample: perSample,
      residual: residual)
  }
}
