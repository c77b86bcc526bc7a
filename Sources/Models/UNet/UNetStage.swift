import Layers
import TensorCore

/// One residual block and the attention behind it, if any: the unit of the UNet that is recomputed
/// when gradients are checkpointed.
struct UNetStage: Sendable {
  let residual: ResidualBlock
  let attention: SpatialTransformer?

  init(
    _ scope: WeightScope, index: Int, inputs: Int, level: UNetConfiguration.Level, attends: Bool,
    _ configuration: UNetConfiguration
  ) {
    residual = ResidualBlock(
      scope.child("resnets").child(index), inputs: inputs, outputs: level.width,
      timeWidth: configuration.timeWidth, groupCount: configuration.groupCount,
      epsilon: configuration.epsilon, startsAsIdentity: true)
    attention =
      attends
      ? SpatialTransformer(scope.child("attentions").child(index), level, configuration) : nil
  }

  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - skip: `[N, H, W, S]`, appended to the channels of `x` first.
  func callAsFunction(
    _ x: Tensor, skip: Tensor? = nil, _ conditions: inout StageConditions, checkpoints: Bool
  ) -> Tensor {
    let shift = conditions.nextShift()
    let texts = attention == nil ? [] : conditions.nextText()
    guard checkpoints else { return run(x, skip, shift, texts) }
    let maps = [x, skip, shift].compactMap(\.self)
    let hasSkip = skip != nil
    let hasShift = shift != nil
    return checkpointed(maps + texts.flatMap { [$0.keys, $0.values] }) { inputs in
      run(
        inputs[0], hasSkip ? inputs[1] : nil, hasShift ? inputs[maps.count - 1] : nil,
        stride(from: maps.count, to: inputs.count, by: 2).map {
          KeysAndValues(keys: inputs[$0], values: inputs[$0 + 1])
        })
    }
  }

  /// - Parameter shift: `[N, C]`, of the timesteps.
  private func run(
    _ x: Tensor, _ skip: Tensor?, _ shift: Tensor?, _ texts: [KeysAndValues]
  ) -> Tensor {
    let input = skip.map { Tensor.concatenated(x, $0) } ?? x
    let y = residual(input, shift: shift)
    return attention.map { $0(y, texts) } ?? y
  }
}

/// One level on the way down.
struct UNetDownBlock: Sendable {
  let stages: [UNetStage]
  let downsampling: Downsampling?

  init(
    _ scope: WeightScope, inputs: Int, level: UNetConfiguration.Level, isLast: Bool,
    _ configuration: UNetConfiguration
  ) {
    stages = (0..<level.layerCount).map {
      UNetStage(
        scope, index: $0, inputs: $0 == 0 ? inputs : level.width, level: level,
        attends: level.attendsGoingDown, configuration)
    }
    downsampling =
      isLast ? nil : Downsampling(scope, channels: level.width, padding: Padding(1))
  }
}

/// The coarsest point: residual, attention, residual.
struct UNetMiddle: Sendable {
  let first: UNetStage
  let second: UNetStage

  init(_ scope: WeightScope, level: UNetConfiguration.Level, _ configuration: UNetConfiguration) {
    first = UNetStage(
      scope, index: 0, inputs: level.width, level: level, attends: true, configuration)
    second = UNetStage(
      scope, index: 1, inputs: level.width, level: level, attends: false, configuration)
  }
}

/// One level on the way up; every stage takes one of the outputs of the way down along.
struct UNetUpBlock: Sendable {
  let stages: [UNetStage]
  let upsampling: Upsampling?

  /// - Parameter skips: channels of the maps taken along, in order.
  init(
    _ scope: WeightScope, inputs: Int, skips: [Int], level: UNetConfiguration.Level, isLast: Bool,
    _ configuration: UNetConfiguration
  ) {
    stages = skips.enumerated().map { index, skip in
      UNetStage(
        scope, index: index, inputs: (index == 0 ? inputs : level.width) + skip, level: level,
        attends: level.attendsGoingUp, configuration)
    }
    upsampling = isLast ? nil : Upsampling(scope, channels: level.width)
  }
}
