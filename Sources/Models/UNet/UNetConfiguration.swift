import Platform

/// The shape of a ``UNet``: the `config.json` of diffusers' `UNet2DConditionModel`.
///
/// Fields that the reference writes as one number or a list are normalised here to one entry per
/// level. Its `attention_head_dim` is, in this class, the number of heads, and is called that.
public struct UNetConfiguration: ModelConfiguration {
  public static let className = "UNet2DConditionModel"

  /// One resolution; level 0 is the finest.
  public struct Level: Hashable, Sendable {
    /// Channels.
    public var width: Int
    /// Residual blocks on the way down; the way up has one more.
    public var layerCount: Int
    public var headCount: Int
    /// Transformer blocks in each attention.
    public var transformerDepth: Int
    public var attendsGoingDown: Bool
    public var attendsGoingUp: Bool

    public init(
      width: Int, layerCount: Int = 2, headCount: Int = 8, transformerDepth: Int = 1,
      attends: Bool = true
    ) {
      self.width = width
      self.layerCount = layerCount
      self.headCount = headCount
      self.transformerDepth = transformerDepth
      attendsGoingDown = attends
      attendsGoingUp = attends
    }
  }

  /// 8 for pictures as conditions: 4 noisy channels, then 4 of the condition.
  public var inputChannels: Int
  public var outputChannels: Int
  public var levels: [Level]
  /// Channels of the text embedding.
  public var contextWidth: Int
  public var groupCount: Int
  /// Of the residual blocks' normalisations; attention uses 1e-6 always.
  public var epsilon: Float
  /// The attentions' projections are stored as matrices, not as 1x1 convolutions.
  public var usesLinearProjection: Bool
  /// Order of the timestep's sinusoids.
  public var startsWithCosines: Bool
  public var frequencyShift: Double

  public init(
    inputChannels: Int = 8, outputChannels: Int = 4, levels: [Level], contextWidth: Int,
    groupCount: Int = 32, epsilon: Float = 1e-5, usesLinearProjection: Bool = false,
    startsWithCosines: Bool = true, frequencyShift: Double = 0
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.levels = levels
    self.contextWidth = contextWidth
    self.groupCount = groupCount
    self.epsilon = epsilon
    self.usesLinearProjection = usesLinearProjection
    self.startsWithCosines = startsWithCosines
    self.frequencyShift = frequencyShift
  }

  /// Stable Diffusion 1.5 with the 8 input channels of InstructPix2Pix.
  public static let stableDiffusion = UNetConfiguration(
    levels: [
      Level(width: 320), Level(width: 640), Level(width: 1280),
      Level(width: 1280, attends: false),
    ],
    contextWidth: 768)

  /// Width of the processed timestep embedding.
  public var timeWidth: Int { 4 * (levels.first?.width ?? 0) }

  /// Latent sides must be multiples of this.
  public var sizeMultiple: Int { 1 << max(levels.count - 1, 0) }

  public func validate() throws {
    try Self.check(1...8 ~= levels.count, "it has \(levels.count) levels, not 1...8")
    try Self.check(width: inputChannels, "in_channels")
    try Self.check(width: outputChannels, "out_channels")
    try Self.check(width: contextWidth, "cross_attention_dim")
    try Self.check(groupCount > 0, "norm_num_groups is \(groupCount)")
    try Self.check(epsilon > 0 && epsilon.isFinite, "norm_eps is \(epsilon)")
    for (index, level) in levels.enumerated() {
      try Self.check(width: level.width, "block_out_channels[\(index)]")
      try Self.check(
        level.width % groupCount == 0,
        "\(groupCount) groups do not divide the \(level.width) channels of level \(index)")
      try Self.check(
        1...64 ~= level.layerCount, "layers_per_block[\(index)] is \(level.layerCount)")
      try Self.check(
        1...64 ~= level.transformerDepth,
        "transformer_layers_per_block[\(index)] is \(level.transformerDepth)")
      try Self.check(
        level.headCount > 0 && level.width % level.headCount == 0,
        "\(level.headCount) heads do not divide the \(level.width) channels of level \(index)")
    }
    // Each number alone may be large; a model of all of them together would fill the memory with names.
    let blockCount = levels.reduce(0) { $0 + $1.layerCount * $1.transformerDepth }
    try Self.check(
      blockCount <= 512, "it has \(blockCount) transformer blocks on the way down, not 512 at most")
    let half = (levels.first?.width ?? 0) / 2
    try Self.check(
      levels.first.map { $0.width % 2 == 0 } == true && frequencyShift.isFinite
        && frequencyShift < Double(half),
      "block_out_channels[0] is odd or freq_shift too large")
  }
}
