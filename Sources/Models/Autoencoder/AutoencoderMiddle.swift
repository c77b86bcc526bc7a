import Layers
import TensorCore

/// The coarsest level of the encoder and of the decoder: residual, attention over all pixels,
/// residual.
struct AutoencoderMiddle: Sendable {
  let first: ResidualBlock
  let attention: PixelAttention?
  let second: ResidualBlock

  init(_ scope: WeightScope, width: Int, _ configuration: AutoencoderConfiguration) {
    first = ResidualBlock(
      autoencoder: scope.child("resnets.0"), inputs: width, outputs: width, configuration)
    attention =
      configuration.hasMiddleAttention
      ? PixelAttention(
        scope.child("attentions.0"), width: width, groupCount: configuration.groupCount)
      : nil
    second = ResidualBlock(
      autoencoder: scope.child("resnets.1"), inputs: width, outputs: width, configuration)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = first(x)
    return second(attention.map { $0(y) } ?? y)
  }
}

/// Self-attention of one head over the pixels of a map, added to it.
struct PixelAttention: Sendable {
  let norm: GroupNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear

  init(_ scope: WeightScope, width: Int, groupCount: Int) {
    func projection(_ name: String) -> Linear {
      Linear(scope.child(name), inputs: width, outputs: width)
    }
    norm = GroupNorm(
      scope.child("group_norm"), channels: width, groupCount: groupCount, epsilon: 1e-6)
    query = projection("to_q")
    key = projection("to_k")
    value = projection("to_v")
    output = projection("to_out.0")
  }

  /// `[N, H, W, C]` to the same.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let tokens: Shape = [x.shape[0], x.shape[1] * x.shape[2], x.shape[3]]
    let y = norm(x).reshaped(tokens)
    let mixed = Tensor.attention(
      query: query(y), key: key(y), value: value(y), headCount: 1, beside: output.weight)
    return output(mixed.reshaped(x.shape), residual: x)
  }
}

extension ResidualBlock {
  /// A block of the autoencoder: no timestep, epsilon 1e-6.
  init(
    autoencoder scope: WeightScope, inputs: Int, outputs: Int,
    _ configuration: AutoencoderConfiguration
  ) {
    self.init(
      scope, inputs: inputs, outputs: outputs, timeWidth: nil,
      groupCount: configuration.groupCount, epsilon: 1e-6, startsAsIdentity: false)
  }
}
