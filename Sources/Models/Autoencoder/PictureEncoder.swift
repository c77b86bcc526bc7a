import Layers
import TensorCore

/// The way from a picture to the two moments of its latent.
struct PictureEncoder: Sendable {
  let input: Convolution
  let levels: [(blocks: [ResidualBlock], downsampling: Downsampling?)]
  let middle: AutoencoderMiddle
  let outputNorm: GroupNorm
  let output: Convolution

  init(_ scope: WeightScope, _ configuration: AutoencoderConfiguration) {
    let widths = configuration.widths
    let coarsest = widths[widths.count - 1]
    input = Convolution(
      scope.child("conv_in"), inputs: configuration.inputChannels, outputs: widths[0])
    var levels: [(blocks: [ResidualBlock], downsampling: Downsampling?)] = []
    var width = widths[0]
    for (index, next) in widths.enumerated() {
      let level = scope.child("down_blocks").child(index)
      let blocks = (0..<configuration.layerCount).map {
        ResidualBlock(
          autoencoder: level.child("resnets").child($0), inputs: $0 == 0 ? width : next,
          outputs: next, configuration)
      }
      let isLast = index == widths.count - 1
      levels.append(
        (
          blocks,
          isLast
            ? nil
            : Downsampling(
              level, channels: next, padding: Padding(top: 0, left: 0, bottom: 1, right: 1))
        ))
      width = next
    }
    self.levels = levels
    middle = AutoencoderMiddle(scope.child("mid_block"), width: coarsest, configuration)
    outputNorm = GroupNorm(
      scope.child("conv_norm_out"), channels: coarsest, groupCount: configuration.groupCount,
      epsilon: 1e-6)
    output = Convolution(
      scope.child("conv_out"), inputs: coarsest, outputs: 2 * configuration.latentChannels)
  }

  /// `[N, H, W, 3]` to `[N, H/r, W/r, 2L]`.
  func callAsFunction(_ picture: Tensor) -> Tensor {
    var y = input(picture)
    for level in levels {
      for block in level.blocks { y = block(y) }
      if let downsampling = level.downsampling { y = downsampling(y) }
    }
    return output(outputNorm(middle(y), activation: .silu))
  }
}
