import Platform

extension UNetConfiguration {
  private enum Key: String, CodingKey {
    case className = "_class_name"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case downBlockTypes = "down_block_types"
    case upBlockTypes = "up_block_types"
    case midBlockType = "mid_block_type"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case transformerLayersPerBlock = "transformer_layers_per_block"
    case attentionHeadDim = "attention_head_dim"
    case numAttentionHeads = "num_attention_heads"
    case crossAttentionDim = "cross_attention_dim"
    case onlyCrossAttention = "only_cross_attention"
    case normNumGroups = "norm_num_groups"
    case normEps = "norm_eps"
    case actFn = "act_fn"
    case flipSinToCos = "flip_sin_to_cos"
    case freqShift = "freq_shift"
    case downsamplePadding = "downsample_padding"
    case midBlockScaleFactor = "mid_block_scale_factor"
    case useLinearProjection = "use_linear_projection"
    case centerInputSample = "center_input_sample"
    case dualCrossAttention = "dual_cross_attention"
    case classEmbedType = "class_embed_type"
    case numClassEmbeds = "num_class_embeds"
    case additionEmbedType = "addition_embed_type"
    case encoderHidDim = "encoder_hid_dim"
    case timeEmbeddingType = "time_embedding_type"
    case timeEmbeddingDim = "time_embedding_dim"
    case timeCondProjDim = "time_cond_proj_dim"
    case timestepPostAct = "timestep_post_act"
    case resnetTimeScaleShift = "resnet_time_scale_shift"
    case convInKernel = "conv_in_kernel"
    case convOutKernel = "conv_out_kernel"
    case attentionType = "attention_type"
    case crossAttentionNorm = "cross_attention_norm"
    case encoderHidDimType = "encoder_hid_dim_type"
    case midBlockOnlyCrossAttention = "mid_block_only_cross_attention"
    case resnetOutScaleFactor = "resnet_out_scale_factor"
    case resnetSkipTimeAct = "resnet_skip_time_act"
    case reverseTransformerLayers = "reverse_transformer_layers_per_block"
    case timeEmbeddingActFn = "time_embedding_act_fn"
    case dropout
    case sampleSize = "sample_size"
  }

  private static let attendingDown = "CrossAttnDownBlock2D"
  private static let plainDown = "DownBlock2D"
  private static let attendingUp = "CrossAttnUpBlock2D"
  private static let plainUp = "UpBlock2D"
  private static let middle = "UNetMidBlock2DCrossAttn"

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    try Self.refuseUnsupported(in: fields)
    let widths = try fields.decode([Int].self, forKey: .blockOutChannels)
    try Self.check(1...8 ~= widths.count, "it has \(widths.count) levels, not 1...8")

    func perLevel(_ key: Key, default standard: Int) throws -> [Int] {
      guard let field = try fields.decodeIfPresent(OneOrMany<Int>.self, forKey: key) else {
        return Array(repeating: standard, count: widths.count)
      }
      guard let values = field.expanded(to: widths.count) else {
        throw ReportableError(
          .badData,
          "\"\(key.rawValue)\" has \(field.values.count) entries for \(widths.count) levels; correct that entry"
        )
      }
      return values
    }
    /// For each block, whether it attends.
    func attending(_ key: Key, _ with: String, _ without: String) throws -> [Bool] {
      let names =
        try fields.decodeIfPresent([String].self, forKey: key)
        ?? Array(repeating: with, count: max(widths.count - 1, 0)) + [without]
      guard names.count == widths.count else {
        throw ReportableError(
          .badData,
          "\"\(key.rawValue)\" has \(names.count) entries for \(widths.count) levels; correct that entry"
        )
      }
      return try names.map { name in
        guard name == with || name == without else {
          throw Self.unsupported("\(quoted(name)) in \"\(key.rawValue)\"")
        }
        return name == with
      }
    }

    let layers = try perLevel(.layersPerBlock, default: 2)
    let hasHeads =
      try fields.contains(.numAttentionHeads) && !fields.decodeNil(forKey: .numAttentionHeads)
    let heads = try perLevel(hasHeads ? .numAttentionHeads : .attentionHeadDim, default: 8)
    let depths = try perLevel(.transformerLayersPerBlock, default: 1)
    let contextWidths = try perLevel(.crossAttentionDim, default: 1280)
    guard let contextWidth = contextWidths.first, Set(contextWidths).count == 1 else {
      throw Self.unsupported("several widths in \"cross_attention_dim\"")
    }
    let down = try attending(.downBlockTypes, Self.attendingDown, Self.plainDown)
    // The reference lists the up blocks from the coarsest level to the finest.
    let upNames = fields.contains(.upBlockTypes)
    let up =
      upNames ? try attending(.upBlockTypes, Self.attendingUp, Self.plainUp).reversed() : down

    var levels: [Level] = []
    for index in widths.indices {
      var level = Level(
        width: widths[index], layerCount: layers[index], headCount: heads[index],
        transformerDepth: depths[index])
      level.attendsGoingDown = down[index]
      level.attendsGoingUp = up[index]
      levels.append(level)
    }
    self.init(
      inputChannels: try fields.decodeIfPresent(Int.self, forKey: .inChannels) ?? 4,
      outputChannels: try fields.decodeIfPresent(Int.self, forKey: .outChannels) ?? 4,
      levels: levels, contextWidth: contextWidth,
      groupCount: try fields.decodeIfPresent(Int.self, forKey: .normNumGroups) ?? 32,
      epsilon: try fields.decodeIfPresent(Float.self, forKey: .normEps) ?? 1e-5,
      usesLinearProjection:
        try fields.decodeIfPresent(Bool.self, forKey: .useLinearProjection) ?? false,
      startsWithCosines: try fields.decodeIfPresent(Bool.self, forKey: .flipSinToCos) ?? true,
      frequencyShift: try fields.decodeIfPresent(Double.self, forKey: .freqShift) ?? 0)
  }

  /// Every field that changes the computation must have the value this program computes with.
  private static func refuseUnsupported(in fields: KeyedDecodingContainer<Key>) throws {
    if let name = try fields.decodeIfPresent(String.self, forKey: .className), name != className {
      throw ReportableError(
        .badData, "describes a \(quoted(name)), not a \(className); take that part's own file")
    }
    let strings: [(Key, Set<String>)] = [
      (.midBlockType, [middle]), (.actFn, ["silu", "swish"]),
      (.timeEmbeddingType, ["positional"]), (.resnetTimeScaleShift, ["default"]),
      (.attentionType, ["default"]),
    ]
    for (key, allowed) in strings {
      if let value = try fields.decodeIfPresent(String.self, forKey: key), !allowed.contains(value)
      {
        throw unsupported("\"\(key.rawValue)\" = \(quoted(value))")
      }
    }
    for key in [
      Key.centerInputSample, .dualCrossAttention, .midBlockOnlyCrossAttention, .resnetSkipTimeAct,
    ] {
      if try fields.decodeIfPresent(Bool.self, forKey: key) == true {
        throw unsupported("\"\(key.rawValue)\"")
      }
    }
    if let flags = try fields.decodeIfPresent(OneOrMany<Bool>.self, forKey: .onlyCrossAttention),
      flags.values.contains(true)
    {
      throw unsupported("\"only_cross_attention\"")
    }
    let numbers: [(Key, Double)] = [
      (.downsamplePadding, 1), (.midBlockScaleFactor, 1), (.convInKernel, 3), (.convOutKernel, 3),
      (.resnetOutScaleFactor, 1), (.dropout, 0),
    ]
    for (key, expected) in numbers {
      if let value = try fields.decodeIfPresent(Double.self, forKey: key), value != expected {
        throw unsupported("\"\(key.rawValue)\" = \(value)")
      }
    }
    let absent: [Key] = [
      .classEmbedType, .numClassEmbeds, .additionEmbedType, .encoderHidDim, .timeEmbeddingDim,
      .timeCondProjDim, .timestepPostAct, .crossAttentionNorm, .encoderHidDimType,
      .reverseTransformerLayers, .timeEmbeddingActFn,
    ]
    for key in absent where fields.contains(key) {
      guard try fields.decodeNil(forKey: key) else { throw unsupported("\"\(key.rawValue)\"") }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(Self.className, forKey: .className)
    try fields.encode(inputChannels, forKey: .inChannels)
    try fields.encode(outputChannels, forKey: .outChannels)
    try fields.encode(
      levels.map { $0.attendsGoingDown ? Self.attendingDown : Self.plainDown },
      forKey: .downBlockTypes)
    try fields.encode(
      levels.reversed().map { $0.attendsGoingUp ? Self.attendingUp : Self.plainUp },
      forKey: .upBlockTypes)
    try fields.encode(Self.middle, forKey: .midBlockType)
    try fields.encode(levels.map(\.width), forKey: .blockOutChannels)
    try fields.encode(OneOrMany(levels.map(\.layerCount)), forKey: .layersPerBlock)
    try fields.encode(
      OneOrMany(levels.map(\.transformerDepth)), forKey: .transformerLayersPerBlock)
    try fields.encode(OneOrMany(levels.map(\.headCount)), forKey: .attentionHeadDim)
    try fields.encode(contextWidth, forKey: .crossAttentionDim)
    try fields.encode(groupCount, forKey: .normNumGroups)
    try fields.encode(Double("\(epsilon)") ?? Double(epsilon), forKey: .normEps)
    try fields.encode("silu", forKey: .actFn)
    try fields.encode(startsWithCosines, forKey: .flipSinToCos)
    try fields.encode(frequencyShift, forKey: .freqShift)
    try fields.encode(1, forKey: .downsamplePadding)
    try fields.encode(usesLinearProjection, forKey: .useLinearProjection)
    // No part of the model: the latent side of diffusers' pictures that are asked for without a size.
    try fields.encode(64, forKey: .sampleSize)
  }
}
