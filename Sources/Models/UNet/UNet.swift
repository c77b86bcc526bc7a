import Layers
import Platform
import TensorCore

/// The denoising network of Stable Diffusion 1.x in any size: diffusers' `UNet2DConditionModel`,
/// with pictures as conditions in further input channels (InstructPix2Pix).
///
/// Golden: `unet.safetensors` (output and gradients). Deviates: latent sides must be multiples of
/// ``UNetConfiguration/sizeMultiple``, where the reference crops inside.
public struct UNet: Sendable {
  public let configuration: UNetConfiguration
  public let parameters: ParameterList
  /// While gradients are recorded, keep only the inputs of each stage and compute it again for its
  /// backward: about a third more time for a fraction of the memory.
  public var usesCheckpoints = false

  private let timestepEmbedding: TimestepEmbedding
  private let input: Convolution
  private let down: [UNetDownBlock]
  private let middle: UNetMiddle
  private let up: [UNetUpBlock]
  private let outputNorm: GroupNorm
  private let output: Convolution

  /// - Throws: ``ReportableError`` (`badData`) when the configuration is impossible or the weights
  ///   do not fit it.
  public init(
    _ configuration: UNetConfiguration, weights: WeightOrigin, purpose: WeightPurpose
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    let loader = WeightLoader(weights, purpose: purpose)
    let root = loader.root
    let levels = configuration.levels
    let finest = levels[0]
    let coarsest = levels[levels.count - 1]

    timestepEmbedding = TimestepEmbedding(root.child("time_embedding"), configuration)
    input = Convolution(
      root.child("conv_in"), inputs: configuration.inputChannels, outputs: finest.width)

    var down: [UNetDownBlock] = []
    var width = finest.width
    /// Channels of every map that the way up takes along, newest last.
    var skips = [finest.width]
    for (index, level) in levels.enumerated() {
      let isLast = index == levels.count - 1
      down.append(
        UNetDownBlock(
          root.child("down_blocks").child(index), inputs: width, level: level, isLast: isLast,
          configuration))
      width = level.width
      skips += Array(repeating: width, count: level.layerCount + (isLast ? 0 : 1))
    }
    self.down = down

    middle = UNetMiddle(root.child("mid_block"), level: coarsest, configuration)

    var up: [UNetUpBlock] = []
    for (index, level) in levels.reversed().enumerated() {
      let taken = Array(skips.suffix(level.layerCount + 1).reversed())
      skips.removeLast(taken.count)
      up.append(
        UNetUpBlock(
          root.child("up_blocks").child(index), inputs: width, skips: taken, level: level,
          isLast: index == levels.count - 1, configuration))
      width = level.width
    }
    self.up = up

    outputNorm = GroupNorm(
      root.child("conv_norm_out"), channels: finest.width, groupCount: configuration.groupCount,
      epsilon: configuration.epsilon)
    output = Convolution(
      root.child("conv_out"), inputs: finest.width, outputs: configuration.outputChannels,
      initial: .zeros)
    parameters = try loader.finish()
  }

  /// The keys and values of all text attentions.
  ///
  /// - Parameter text: `[N, S, contextWidth]`, the text encoder's last hidden state.
  public func context(of text: Tensor) -> TextContext {
    require(
      text.shape.rank == 3 && text.shape[2] == configuration.contextWidth,
      "text must be [N, S, \(configuration.contextWidth)], not \(text.shape)")
    return TextContext(
      entries: stages.compactMap(\.attention).map { $0.keysAndValues(of: text) },
      batch: text.shape[0])
  }

  /// What the residual blocks add for timesteps, each a row: those of a batch, or of all steps of a
  /// run, whose weights then are read once.
  ///
  /// - Parameter timesteps: in 0 ..< 1000, whole or not.
  public func timeShifts(of timesteps: [Double]) -> TimeShifts {
    let embedding = timestepEmbedding(timesteps)
    return TimeShifts(
      entries: stages.compactMap { $0.residual.shift(of: embedding) }, count: timesteps.count)
  }

  /// In the order of computation.
  private var stages: [UNetStage] {
    down.flatMap(\.stages) + [middle.first, middle.second] + up.flatMap(\.stages)
  }

  /// - Parameters:
  ///   - x: `[N, h, w, inputChannels]`: the scaled noisy latent, then the conditions.
  ///   - timesteps: one per sample, in 0 ..< 1000, whole or not.
  ///   - text: `[N, S, contextWidth]`.
  /// - Returns: the prediction, `[N, h, w, outputChannels]`.
  public func callAsFunction(_ x: Tensor, timesteps: [Double], text: Tensor) -> Tensor {
    self(x, timesteps: timesteps, context: context(of: text))
  }

  /// As above, with the text's part computed before.
  public func callAsFunction(_ x: Tensor, timesteps: [Double], context: TextContext) -> Tensor {
    self(x, time: timeShifts(of: timesteps), context: context)
  }

  /// As above, with the timesteps' part computed before, too.
  ///
  /// - Parameter time: one row per sample.
  public func callAsFunction(_ x: Tensor, time: TimeShifts, context: TextContext) -> Tensor {
    run(x, time: time, context: context, keepsMaps: false).output
  }

  /// As above, with maps on the way up that losses can be put on.
  public func evaluate(_ x: Tensor, timesteps: [Double], context: TextContext) -> Evaluation {
    run(x, time: timeShifts(of: timesteps), context: context, keepsMaps: true)
  }

  /// - Parameter keepsMaps: whether the maps on the way up are wanted; those of large pictures would
  ///   only fill the memory else, and the middle's stays in their place.
  private func run(
    _ x: Tensor, time: TimeShifts, context: TextContext, keepsMaps: Bool
  ) -> Evaluation {
    let multiple = configuration.sizeMultiple
    require(
      x.shape.rank == 4 && x.shape[3] == configuration.inputChannels
        && x.shape[1] % multiple == 0 && x.shape[2] % multiple == 0,
      "the UNet needs [N, h, w, \(configuration.inputChannels)] with sides that are multiples of "
        + "\(multiple), not \(x.shape)")
    require(
      time.count == x.shape[0] && context.batch == x.shape[0],
      "\(x.shape[0]) samples with \(time.count) timesteps and \(context.batch) texts")

    var conditions = StageConditions(time: time, text: context)
    var y = input(x)
    var skips = [y]
    for block in down {
      for stage in block.stages {
        y = stage(y, &conditions, checkpoints: usesCheckpoints)
        skips.append(y)
      }
      if let downsampling = block.downsampling {
        y = downsampling(y)
        skips.append(y)
      }
    }
    for stage in [middle.first, middle.second] {
      y = stage(y, &conditions, checkpoints: usesCheckpoints)
    }
    var (coarse, fine) = (y, y)
    for (index, block) in up.enumerated() {
      for (position, stage) in block.stages.enumerated() {
        y = stage(y, skip: skips.removeLast(), &conditions, checkpoints: usesCheckpoints)
        if keepsMaps, index == up.count - 1, position == 0 { fine = y }
      }
      if keepsMaps, index < up.count - 1 { coarse = y }
      if let upsampling = block.upsampling { y = upsampling(y) }
    }
    return Evaluation(
      output: output(outputNorm(y, activation: .silu)), coarse: coarse, fine: fine)
  }

  /// What one evaluation gives.
  public struct Evaluation {
    /// The prediction, `[N, h, w, outputChannels]`.
    public let output: Tensor
    /// Behind the finest level but one on the way up, `[N, h / 2, w / 2, C]`; behind the middle where
    /// there is one level only.
    public let coarse: Tensor
    /// Behind the first stage of the finest level on the way up, `[N, h, w, C]`.
    public let fine: Tensor
  }
}
