import Layers
import TensorCore

/// Two normalised 3x3 convolutions about a shortcut, the first one shifted by the timestep.
struct ResidualBlock: Sendable {
  let firstNorm: GroupNorm
  let firstConvolution: Convolution
  /// None in the autoencoder.
  let timeProjection: Linear?
  let secondNorm: GroupNorm
  let secondConvolution: Convolution
  /// None where the widths agree.
  let shortcut: Linear?

  /// - Parameter startsAsIdentity: the second convolution starts at zero, so that an untrained
  ///   block passes its input on, as in CompVis' latent diffusion UNet.
  init(
    _ scope: WeightScope, inputs: Int, outputs: Int, timeWidth: Int?, groupCount: Int,
    epsilon: Float, startsAsIdentity: Bool
  ) {
    firstNorm = GroupNorm(
      scope.child("norm1"), channels: inputs, groupCount: groupCount, epsilon: epsilon)
    firstConvolution = Convolution(scope.child("conv1"), inputs: inputs, outputs: outputs)
    timeProjection = timeWidth.map {
      Linear(scope.child("time_emb_proj"), inputs: $0, outputs: outputs)
    }
    secondNorm = GroupNorm(
      scope.child("norm2"), channels: outputs, groupCount: groupCount, epsilon: epsilon)
    secondConvolution = Convolution(
      scope.child("conv2"), inputs: outputs, outputs: outputs,
      initial: startsAsIdentity ? .zeros : nil)
    shortcut =
      inputs == outputs
      ? nil
      : Linear(
        scope.child("conv_shortcut"), inputs: inputs, outputs: outputs, isPointConvolution: true)
  }

  /// What timesteps add to the first convolution's map, `[T, outputs]`.
  ///
  /// - Parameter time: `[T, timeWidth]`, through its SiLU.
  func shift(of time: Tensor) -> Tensor? { timeProjection.map { $0(time) } }

  /// - Parameters:
  ///   - x: `[N, H, W, inputs]`.
  ///   - shift: `[N, outputs]`, of the timesteps.
  /// - Returns: `[N, H, W, outputs]`.
  func callAsFunction(_ x: Tensor, shift: Tensor? = nil) -> Tensor {
    let inner = firstConvolution(firstNorm(x, activation: .silu), perSample: shift)
    return secondConvolution(
      secondNorm(inner, activation: .silu), residual: shortcut.map { $0(x) } ?? x)
  }
}
