import Layers
import TensorCore

/// Halves a map with a strided 3x3 convolution.
struct Downsampling: Sendable {
  let convolution: Convolution

  /// - Parameter padding: one pixel on all sides in the UNet, only right and bottom in the
  ///   autoencoder.
  init(_ scope: WeightScope, channels: Int, padding: Padding) {
    convolution = Convolution(
      scope.child("downsamplers.0.conv"), inputs: channels, outputs: channels, stride: 2,
      padding: padding)
  }

  /// `[N, H, W, C]` to `[N, H/2, W/2, C]`.
  func callAsFunction(_ x: Tensor) -> Tensor { convolution(x) }
}

/// Doubles a map by repeating pixels and smooths it with a 3x3 convolution.
struct Upsampling: Sendable {
  let convolution: Convolution

  init(_ scope: WeightScope, channels: Int) {
    convolution = Convolution(
      scope.child("upsamplers.0.conv"), inputs: channels, outputs: channels)
  }

  /// `[N, H, W, C]` to `[N, 2H, 2W, C]`.
  func callAsFunction(_ x: Tensor) -> Tensor { convolution(x.upsampledNearest()) }
}
