import Layers
import TensorCore

/// Transformer blocks over the pixels of a map, attending to itself and to the text.
struct SpatialTransformer: Sendable {
  let norm: GroupNorm
  let input: Linear
  let blocks: [TransformerBlock]
  let output: Linear

  init(_ scope: WeightScope, _ level: UNetConfiguration.Level, _ configuration: UNetConfiguration) {
    let width = level.width
    let isPoint = !configuration.usesLinearProjection
    norm = GroupNorm(
      scope.child("norm"), channels: width, groupCount: configuration.groupCount, epsilon: 1e-6)
    input = Linear(
      scope.child("proj_in"), inputs: width, outputs: width, isPointConvolution: isPoint)
    blocks = (0..<level.transformerDepth).map {
      TransformerBlock(
        scope.child("transformer_blocks").child($0), width: width,
        contextWidth: configuration.contextWidth, headCount: level.headCount)
    }
    output = Linear(
      scope.child("proj_out"), inputs: width, outputs: width, isPointConvolution: isPoint,
      initial: .zeros)
  }

  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - context: the text's keys and values, one entry per block.
  func callAsFunction(_ x: Tensor, _ context: [KeysAndValues]) -> Tensor {
    let tokens = x.shape[1] * x.shape[2]
    var y = input(norm(x)).reshaped([x.shape[0], tokens, x.shape[3]])
    for (block, entry) in zip(blocks, context) { y = block(y, entry) }
    return output(y.reshaped(x.shape), residual: x)
  }

  func keysAndValues(of text: Tensor) -> [KeysAndValues] {
    blocks.map { $0.textAttention.keysAndValues(of: text) }
  }
}

/// Self-attention, text attention and a gated feed-forward layer, each normalised first and added.
struct TransformerBlock: Sendable {
  let selfNorm: LayerNorm
  let selfAttention: CrossAttention
  let textNorm: LayerNorm
  let textAttention: CrossAttention
  let feedForwardNorm: LayerNorm
  let gatedProjection: Linear
  let outputProjection: Linear

  init(_ scope: WeightScope, width: Int, contextWidth: Int, headCount: Int) {
    selfNorm = LayerNorm(scope.child("norm1"), width: width)
    selfAttention = CrossAttention(
      scope.child("attn1"), width: width, contextWidth: width, headCount: headCount)
    textNorm = LayerNorm(scope.child("norm2"), width: width)
    textAttention = CrossAttention(
      scope.child("attn2"), width: width, contextWidth: contextWidth, headCount: headCount)
    feedForwardNorm = LayerNorm(scope.child("norm3"), width: width)
    gatedProjection = Linear(scope.child("ff.net.0.proj"), inputs: width, outputs: 8 * width)
    outputProjection = Linear(scope.child("ff.net.2"), inputs: 4 * width, outputs: width)
  }

  /// `[N, T, C]` to the same.
  func callAsFunction(_ x: Tensor, _ text: KeysAndValues) -> Tensor {
    var y = x
    let own = selfNorm(y)
    y = selfAttention(own, selfAttention.keysAndValues(of: own), residual: y)
    y = textAttention(textNorm(y), text, residual: y)
    let gated = gatedProjection(feedForwardNorm(y)).geglu()  // [N, T, 4C]
    return outputProjection(gated, residual: y)
  }
}
