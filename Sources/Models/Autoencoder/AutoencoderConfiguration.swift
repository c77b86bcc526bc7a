import Platform

/// The shape of an ``Autoencoder``: the `config.json` of diffusers' `AutoencoderKL`.
public struct AutoencoderConfiguration: ModelConfiguration {
  public static let className = "AutoencoderKL"

  public var inputChannels: Int
  public var outputChannels: Int
  public var latentChannels: Int
  /// Channels per level, the finest first.
  public var widths: [Int]
  /// Residual blocks per level of the encoder; the decoder has one more.
  public var layerCount: Int
  public var groupCount: Int
  /// What latents are multiplied by for the UNet.
  public var scalingFactor: Double
  public var hasMiddleAttention: Bool
  /// The 1x1 convolutions on both sides of the latent.
  public var hasQuantConvolution: Bool
  public var hasPostQuantConvolution: Bool

  public init(
    inputChannels: Int = 3, outputChannels: Int = 3, latentChannels: Int = 4, widths: [Int],
    layerCount: Int = 2, groupCount: Int = 32, scalingFactor: Double = 0.18215,
    hasMiddleAttention: Bool = true, hasQuantConvolution: Bool = true,
    hasPostQuantConvolution: Bool = true
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.latentChannels = latentChannels
    self.widths = widths
    self.layerCount = layerCount
    self.groupCount = groupCount
    self.scalingFactor = scalingFactor
    self.hasMiddleAttention = hasMiddleAttention
    self.hasQuantConvolution = hasQuantConvolution
    self.hasPostQuantConvolution = hasPostQuantConvolution
  }

  /// Stable Diffusion 1.x.
  public static let stableDiffusion = AutoencoderConfiguration(widths: [128, 256, 512, 512])

  /// Picture pixels per latent pixel, along one side.
  public var reduction: Int { 1 << max(widths.count - 1, 0) }

  public func validate() throws {
    try Self.check(1...8 ~= widths.count, "it has \(widths.count) levels, not 1...8")
    try Self.check(width: inputChannels, "in_channels")
    try Self.check(width: outputChannels, "out_channels")
    try Self.check(width: latentChannels, "latent_channels")
    try Self.check(1...64 ~= layerCount, "layers_per_block is \(layerCount)")
    try Self.check(groupCount > 0, "norm_num_groups is \(groupCount)")
    for (index, width) in widths.enumerated() {
      try Self.check(width: width, "block_out_channels[\(index)]")
      try Self.check(
        width % groupCount == 0,
        "\(groupCount) groups do not divide the \(width) channels of level \(index)")
    }
    try Self.check(
      scalingFactor > 0 && scalingFactor.isFinite, "scaling_factor is \(scalingFactor)")
  }

  private enum Key: String, CodingKey {
    case className = "_class_name"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case latentChannels = "latent_channels"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case normNumGroups = "norm_num_groups"
    case scalingFactor = "scaling_factor"
    case shiftFactor = "shift_factor"
    case latentsMean = "latents_mean"
    case latentsStd = "latents_std"
    case midBlockAddAttention = "mid_block_add_attention"
    case useQuantConv = "use_quant_conv"
    case usePostQuantConv = "use_post_quant_conv"
    case downBlockTypes = "down_block_types"
    case upBlockTypes = "up_block_types"
    case actFn = "act_fn"
  }

  private static let downBlock = "DownEncoderBlock2D"
  private static let upBlock = "UpDecoderBlock2D"

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    if let name = try fields.decodeIfPresent(String.self, forKey: .className),
      name != Self.className
    {
      throw ReportableError(
        .badData, "describes a \(quoted(name)), not a \(Self.className); take that part's own file")
    }
    if let name = try fields.decodeIfPresent(String.self, forKey: .actFn), name != "silu" {
      throw Self.unsupported("\"act_fn\" = \(quoted(name))")
    }
    let widths = try fields.decode([Int].self, forKey: .blockOutChannels)
    for (key, type) in [(Key.downBlockTypes, Self.downBlock), (.upBlockTypes, Self.upBlock)] {
      guard let names = try fields.decodeIfPresent([String].self, forKey: key) else { continue }
      guard names == Array(repeating: type, count: widths.count) else {
        throw Self.unsupported("\"\(key.rawValue)\" = \(quoted(names.joined(separator: ", ")))")
      }
    }
    for key in [Key.shiftFactor, .latentsMean, .latentsStd] where fields.contains(key) {
      guard try fields.decodeNil(forKey: key) else {
        throw Self.unsupported("\"\(key.rawValue)\"")
      }
    }
    self.init(
      inputChannels: try fields.decodeIfPresent(Int.self, forKey: .inChannels) ?? 3,
      outputChannels: try fields.decodeIfPresent(Int.self, forKey: .outChannels) ?? 3,
      latentChannels: try fields.decodeIfPresent(Int.self, forKey: .latentChannels) ?? 4,
      widths: widths,
      layerCount: try fields.decodeIfPresent(Int.self, forKey: .layersPerBlock) ?? 1,
      groupCount: try fields.decodeIfPresent(Int.self, forKey: .normNumGroups) ?? 32,
      // Files from before the field existed belong to Stable Diffusion.
      scalingFactor: try fields.decodeIfPresent(Double.self, forKey: .scalingFactor) ?? 0.18215,
      hasMiddleAttention:
        try fields.decodeIfPresent(Bool.self, forKey: .midBlockAddAttention) ?? true,
      hasQuantConvolution: try fields.decodeIfPresent(Bool.self, forKey: .useQuantConv) ?? true,
      hasPostQuantConvolution:
        try fields.decodeIfPresent(Bool.self, forKey: .usePostQuantConv) ?? true)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(Self.className, forKey: .className)
    try fields.encode(inputChannels, forKey: .inChannels)
    try fields.encode(outputChannels, forKey: .outChannels)
    try fields.encode(latentChannels, forKey: .latentChannels)
    try fields.encode(widths, forKey: .blockOutChannels)
    try fields.encode(layerCount, forKey: .layersPerBlock)
    try fields.encode(groupCount, forKey: .normNumGroups)
    try fields.encode(scalingFactor, forKey: .scalingFactor)
    try fields.encode(hasMiddleAttention, forKey: .midBlockAddAttention)
    try fields.encode(hasQuantConvolution, forKey: .useQuantConv)
    try fields.encode(hasPostQuantConvolution, forKey: .usePostQuantConv)
    try fields.encode(
      Array(repeating: Self.downBlock, count: widths.count), forKey: .downBlockTypes)
    try fields.encode(Array(repeating: Self.upBlock, count: widths.count), forKey: .upBlockTypes)
    try fields.encode("silu", forKey: .actFn)
  }
}
