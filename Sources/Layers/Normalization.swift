import Kernels
import TensorCore

/// Group normalisation of `[N, H, W, C]` with a scale and an offset per channel.
public struct GroupNorm: Sendable {
  public let weight: Parameter
  public let bias: Parameter
  public let groupCount: Int
  public let epsilon: Float

  public init(_ scope: WeightScope, channels: Int, groupCount: Int, epsilon: Float) {
    weight = scope.vector("weight", count: channels, initial: .ones)
    bias = scope.vector("bias", count: channels, initial: .zeros)
    self.groupCount = groupCount
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor, activation: Activation = .none) -> Tensor {
    x.groupNorm(
      weight: weight, bias: bias, groupCount: groupCount, epsilon: epsilon,
      activation: activation)
  }
}

/// Layer normalisation over the last axis.
public struct LayerNorm: Sendable {
  public let weight: Parameter
  public let bias: Parameter
  public let epsilon: Float

  public init(_ scope: WeightScope, width: Int, epsilon: Float = 1e-5) {
    weight = scope.vector("weight", count: width, initial: .ones)
    bias = scope.vector("bias", count: width, initial: .zeros)
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
  }
}
