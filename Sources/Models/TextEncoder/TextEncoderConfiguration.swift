import Kernels
import Platform

/// The shape of a ``TextEncoder``: the `config.json` of transformers' `CLIPTextModel`.
public struct TextEncoderConfiguration: ModelConfiguration {
  public static let className = "CLIPTextModel"

  /// The feed-forward layers' nonlinearity.
  public enum HiddenActivation: String, Codable, Sendable {
    case quickGELU = "quick_gelu"
    case gelu
  }

  public var vocabularySize: Int
  /// Channels of a token.
  public var width: Int
  public var feedForwardWidth: Int
  public var layerCount: Int
  public var headCount: Int
  /// Tokens of a text, padding included.
  public var positionCount: Int
  public var hiddenActivation: HiddenActivation
  public var epsilon: Float

  public init(
    vocabularySize: Int = 49_408, width: Int, feedForwardWidth: Int? = nil, layerCount: Int,
    headCount: Int, positionCount: Int = 77, hiddenActivation: HiddenActivation = .quickGELU,
    epsilon: Float = 1e-5
  ) {
    self.vocabularySize = vocabularySize
    self.width = width
    self.feedForwardWidth = feedForwardWidth ?? 4 * width
    self.layerCount = layerCount
    self.headCount = headCount
    self.positionCount = positionCount
    self.hiddenActivation = hiddenActivation
    self.epsilon = epsilon
  }

  /// `openai/clip-vit-large-patch14`, as in Stable Diffusion 1.x.
  public static let stableDiffusion = TextEncoderConfiguration(
    width: 768, layerCount: 12, headCount: 12)

  public func validate() throws {
    try Self.check(width: width, "hidden_size")
    try Self.check(width: feedForwardWidth, "intermediate_size")
    try Self.check(1...4_194_304 ~= vocabularySize, "vocab_size is \(vocabularySize)")
    try Self.check(1...65_536 ~= positionCount, "max_position_embeddings is \(positionCount)")
    try Self.check(1...256 ~= layerCount, "num_hidden_layers is \(layerCount)")
    try Self.check(
      headCount > 0 && width % headCount == 0,
      "\(headCount) heads do not divide the width \(width)")
    try Self.check(epsilon > 0 && epsilon.isFinite, "layer_norm_eps is \(epsilon)")
  }

  private enum Key: String, CodingKey {
    case architectures
    case modelType = "model_type"
    case vocabSize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case maxPositionEmbeddings = "max_position_embeddings"
    case hiddenAct = "hidden_act"
    case layerNormEps = "layer_norm_eps"
    case bosTokenId = "bos_token_id"
    case eosTokenId = "eos_token_id"
    case padTokenId = "pad_token_id"
    case textConfig = "text_config"
  }

  /// Reads the fields of `clip_text_model`, or of `clip`, which has them in `text_config` or, in
  /// older folders, beside its own.
  public init(from decoder: any Decoder) throws {
    var fields = try decoder.container(keyedBy: Key.self)
    if let type = try fields.decodeIfPresent(String.self, forKey: .modelType),
      type != "clip_text_model", type != "clip"
    {
      throw ReportableError(
        .badData, "describes a \(quoted(type)), not a clip_text_model; take that part's own file")
    }
    if try fields.contains(.textConfig) && !fields.decodeNil(forKey: .textConfig) {
      fields = try fields.nestedContainer(keyedBy: Key.self, forKey: .textConfig)
    }
    let activation = try fields.decodeIfPresent(String.self, forKey: .hiddenAct) ?? "quick_gelu"
    guard let hiddenActivation = HiddenActivation(rawValue: activation) else {
      throw Self.unsupported("\"hidden_act\" = \(quoted(activation))")
    }
    self.init(
      vocabularySize: try fields.decodeIfPresent(Int.self, forKey: .vocabSize) ?? 49_408,
      width: try fields.decode(Int.self, forKey: .hiddenSize),
      feedForwardWidth: try fields.decode(Int.self, forKey: .intermediateSize),
      layerCount: try fields.decode(Int.self, forKey: .numHiddenLayers),
      headCount: try fields.decode(Int.self, forKey: .numAttentionHeads),
      positionCount: try fields.decodeIfPresent(Int.self, forKey: .maxPositionEmbeddings) ?? 77,
      hiddenActivation: hiddenActivation,
      epsilon: try fields.decodeIfPresent(Float.self, forKey: .layerNormEps) ?? 1e-5)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode([Self.className], forKey: .architectures)
    try fields.encode("clip_text_model", forKey: .modelType)
    try fields.encode(vocabularySize, forKey: .vocabSize)
    try fields.encode(width, forKey: .hiddenSize)
    try fields.encode(feedForwardWidth, forKey: .intermediateSize)
    try fields.encode(layerCount, forKey: .numHiddenLayers)
    try fields.encode(headCount, forKey: .numAttentionHeads)
    try fields.encode(positionCount, forKey: .maxPositionEmbeddings)
    try fields.encode(hiddenActivation.rawValue, forKey: .hiddenAct)
    try fields.encode(Double("\(epsilon)") ?? Double(epsilon), forKey: .layerNormEps)
    // CLIP's tokenizer ends its vocabulary with the two specials; padding repeats the end.
    try fields.encode(vocabularySize - 2, forKey: .bosTokenId)
    try fields.encode(vocabularySize - 1, forKey: .eosTokenId)
    try fields.encode(vocabularySize - 1, forKey: .padTokenId)
  }
}

extension TextEncoderConfiguration.HiddenActivation {
  var activation: Activation {
    switch self {
    case .quickGELU: .quickGELU
    case .gelu: .gelu
    }
  }
}
