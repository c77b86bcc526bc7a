import Layers
import TensorCore

/// The way from a latent back to a picture.
struct PictureDecoder: Sendable {
  let input: Convolution
  let middle: AutoencoderMiddle
  let levels: [(blocks: [ResidualBlock], upsampling: Upsampling?)]
  let outputNorm: GroupNorm
  let output: Convolution

  init(_ scope: WeightScope, _ configuration: AutoencoderConfiguration) {
    let widths = Array(configuration.widths.reversed())
    input = Convolution(
      scope.child("conv_in"), inputs: configuration.latentChannels, outputs: widths[0])
    middle = AutoencoderMiddle(scope.child("mid_block"), width: widths[0], configuration)
    var levels: [(blocks: [ResidualBlock], upsampling: Upsampling?)] = []
    var width = widths[0]
    for (index, next) in widths.enumerated() {
      let level = scope.child("up_blocks").child(index)
      let blocks = (0...configuration.layerCount).map {
        ResidualBlock(
          autoencoder: level.child("resnets").child($0), inputs: $0 == 0 ? width : next,
          outputs: next, configuration)
      }
      let isLast = index == widths.count - 1
      levels.append((blocks, isLast ? nil : Upsampling(level, channels: next)))
      width = next
    }
    self.levels = levels
    outputNorm = GroupNorm(
      scope.child("conv_norm_out"), channels: width, groupCount: configuration.groupCount,
      epsilon: 1e-6)
    output = Convolution(
      scope.child("conv_out"), inputs: width, outputs: configuration.outputChannels)
  }

  /// `[N, h, w, L]` to `[N, h*r, w*r, 3]`.
  func callAsFunction(_ latent: Tensor) -> Tensor {
    var y = middle(input(latent))
    for level in levels {
      for block in level.blocks { y = block(y) }
      if let upsampling = level.upsampling { y = upsampling(y) }
    }
    return output(outputNorm(y, activation: .silu))
  }
}
