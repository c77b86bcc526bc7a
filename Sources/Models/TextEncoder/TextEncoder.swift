import Layers
import Platform
import TensorCore

/// CLIP's text transformer: transformers' `CLIPTextModel`, without its pooling.
///
/// Golden: `text-encoder.safetensors`. No mask for padding, as Stable Diffusion uses it.
public struct TextEncoder: Sendable {
  public let configuration: TextEncoderConfiguration
  public let parameters: ParameterList
  private let tokens: Embedding
  private let positions: Embedding
  private let layers: [TextEncoderLayer]
  private let finalNorm: LayerNorm

  /// - Throws: ``ReportableError`` (`badData`) when the configuration is impossible or the weights
  ///   do not fit it.
  public init(
    _ configuration: TextEncoderConfiguration, weights: WeightOrigin, purpose: WeightPurpose
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    let loader = WeightLoader(weights, purpose: purpose)
    let root = loader.root.child("text_model")
    let embeddings = root.child("embeddings")
    tokens = Embedding(
      embeddings.child("token_embedding"), rows: configuration.vocabularySize,
      width: configuration.width, initial: .normal(deviation: 0.02))
    positions = Embedding(
      embeddings.child("position_embedding"), rows: configuration.positionCount,
      width: configuration.width, initial: .normal(deviation: 0.02))
    layers = (0..<configuration.layerCount).map {
      TextEncoderLayer(root.child("encoder.layers").child($0), configuration)
    }
    finalNorm = LayerNorm(
      root.child("final_layer_norm"), width: configuration.width, epsilon: configuration.epsilon)
    parameters = try loader.finish()
  }

  /// - Parameter ids: `[N][T]` token numbers, all rows of one length of at most
  ///   ``TextEncoderConfiguration/positionCount``.
  /// - Returns: the last hidden state after the final norm, `[N, T, width]`.
  public func callAsFunction(_ ids: [[Int32]]) -> Tensor {
    let length = ids.first?.count ?? 0
    require(
      1...configuration.positionCount ~= length && ids.allSatisfy { $0.count == length },
      "texts must have one length of 1...\(configuration.positionCount) tokens, not "
        + "\(ids.map(\.count))")
    let shape: Shape = [ids.count, length]
    let places = ids.flatMap { _ in (0..<Int32(length)) }
    var x = tokens(Array(ids.joined()), shape: shape) + positions(places, shape: shape)
    for layer in layers { x = layer(x) }
    return finalNorm(x)
  }
}

/// Causal self-attention and a feed-forward layer, each normalised first and added.
struct TextEncoderLayer: Sendable {
  let attentionNorm: LayerNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let feedForwardNorm: LayerNorm
  let expansion: Linear
  let contraction: Linear
  let configuration: TextEncoderConfiguration

  /// Random weights follow CLIP's own rule: deviations by width and depth, biases zero.
  init(_ scope: WeightScope, _ configuration: TextEncoderConfiguration) {
    self.configuration = configuration
    let width = configuration.width
    let inner = Initialization.normal(
      deviation: 1 / (2 * Double(width) * Double(configuration.layerCount)).squareRoot())
    let outer = Initialization.normal(deviation: 1 / Double(width).squareRoot())
    let wide = Initialization.normal(deviation: 1 / (2 * Double(width)).squareRoot())
    func projection(_ name: String, _ initial: Initialization) -> Linear {
      Linear(
        scope.child("self_attn").child(name), inputs: width, outputs: width, initial: initial)
    }
    attentionNorm = LayerNorm(
      scope.child("layer_norm1"), width: width, epsilon: configuration.epsilon)
    query = projection("q_proj", inner)
    key = projection("k_proj", inner)
    value = projection("v_proj", inner)
    output = projection("out_proj", outer)
    feedForwardNorm = LayerNorm(
      scope.child("layer_norm2"), width: width, epsilon: configuration.epsilon)
    expansion = Linear(
      scope.child("mlp.fc1"), inputs: width, outputs: configuration.feedForwardWidth,
      initial: wide)
    contraction = Linear(
      scope.child("mlp.fc2"), inputs: configuration.feedForwardWidth, outputs: width,
      initial: inner)
  }

  /// `[N, T, C]` to the same.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let own = attentionNorm(x)
    let mixed = Tensor.attention(
      query: query(own), key: key(own), value: value(own), headCount: configuration.headCount,
      isCausal: true, beside: output.weight)
    let y = output(mixed, residual: x)
    let inner = expansion(
      feedForwardNorm(y), activation: configuration.hiddenActivation.activation)
    return contraction(inner, residual: y)
  }
}
