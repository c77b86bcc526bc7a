import Diffusion
import Layers
import Models
import Platform
import TensorCore

/// Trains text encoder and UNet on latents: noised target beside the picture's latent, instruction
/// through cross-attention, conditioning dropout from one uniform draw.
///
/// Each example of a step has a random stream of its own, so a step is the same however it is cut
/// into micro-batches.
package final class DenoiserTrainer: TrainingStage {
  package let name = "denoiser"
  package let unet: UNet
  package let textEncoder: TextEncoder
  package let parameters: ParameterList
  package let optimizer: Optimizer
  private let configuration: TrainingConfiguration
  private let fingerprint: String
  private let source: any LatentSource
  private let schedule: NoiseSchedule
  private let scalingFactor: Float
  private let tokens: ExampleTokens
  private let groups: ExampleGroups
  private let grounding: Grounding?
  /// The name of each example's group.
  private let groupNames: [String]
  private var order: BalancedOrder
  private var done = 0

  /// Token ids by example, and those of the empty instruction, all of one length.
  package struct ExampleTokens {
    package let examples: [[Int32]]
    package let null: [Int32]

    package init(examples: [[Int32]], null: [Int32]) {
      self.examples = examples
      self.null = null
    }
  }

  /// - Parameter scalingFactor: what latents of `source` are multiplied by.
  /// - Throws: ``ReportableError`` for an impossible schedule.
  package init(
    _ configuration: TrainingConfiguration, fingerprint: String, source: any LatentSource,
    tokens: ExampleTokens, groups: ExampleGroups, scalingFactor: Double, unet: UNet,
    textEncoder: TextEncoder, grounding: Grounding? = nil
  ) throws {
    self.configuration = configuration
    self.fingerprint = fingerprint
    self.source = source
    self.tokens = tokens
    self.groups = groups
    self.grounding = grounding
    var unet = unet
    unet.usesCheckpoints = configuration.denoiser.gradientCheckpoints
    self.unet = unet
    self.textEncoder = textEncoder
    self.scalingFactor = Float(scalingFactor)
    schedule = try NoiseSchedule(configuration.denoiser.schedule)
    var names = [String](repeating: "", count: tokens.examples.count)
    for group in groups { for member in group.members { names[member] = group.name } }
    groupNames = names
    order = BalancedOrder(groups: groups, seed: configuration.seed &+ 1)
    parameters =
      textEncoder.parameters + unet.parameters + (grounding?.parameters ?? ParameterList())
    optimizer = Optimizer(
      parameters.parameters, configuration: configuration.denoiser.optimizer)
  }

  package var totalSteps: Int { configuration.denoiser.steps }

  package var state: TrainingState {
    get {
      TrainingState(
        stage: name, step: done, updateCount: optimizer.updateCount, positions: order.positions,
        seed: configuration.seed, fingerprint: fingerprint)
    }
    set {
      order = BalancedOrder(
        groups: groups, seed: configuration.seed &+ 1, positions: newValue.positions)
      done = newValue.step
    }
  }

  package func advance() throws -> StepReport {
    let stage = configuration.denoiser
    let rate = stage.optimizer.rate(step: done, totalSteps: stage.steps)
    let step = try optimizer.beginStep(learningRate: rate, accumulation: stage.accumulation)
    let losses = try differentiate(step.backward)
    let norm = try step.finish()
    done += 1
    return StepReport(
      step: done, loss: losses.mean, parts: losses.meanByName, learningRate: rate,
      gradientNorm: norm,
      exampleCount: stage.batch * stage.accumulation)
  }

  /// Forward and backward of all micro-batches of one step.
  ///
  /// - Parameter backward: is given the tape and the loss of each micro-batch in turn.
  /// - Returns: the losses.
  package func differentiate(_ backward: (GradientTape, Tensor) -> Void) throws -> GroupedLosses {
    let stage = configuration.denoiser
    let stream = RandomStream(seed: configuration.seed, stream: 0x6465_6e6f)
      .substream(UInt64(done))
    var losses = GroupedLosses()
    for microBatch in 0..<stage.accumulation {
      var streams = (0..<stage.batch).map {
        stream.substream(UInt64(microBatch * stage.batch + $0))
      }
      try differentiate(backward, adding: &losses, using: &streams)
    }
    return losses
  }

  private func differentiate(
    _ backward: (GradientTape, Tensor) -> Void, adding losses: inout GroupedLosses,
    using streams: inout [RandomStream]
  ) throws {
    let stage = configuration.denoiser
    let indices = streams.map { _ in order.next() }
    let latents = try source.batch(indices, using: &streams)
    let shape = latents.targetMean.shape
    var timesteps: [Int] = []
    var dropouts: [ConditioningDropout] = []
    for sample in streams.indices {
      timesteps.append(
        schedule.timestep(
          lastShare: stage.lastTimestepShare, limit: stage.timestepLimit,
          power: stage.timestepPower, using: &streams[sample]))
      dropouts.append(
        ConditioningDropout(
          draw: streams[sample].uniform(), text: stage.dropText, both: stage.dropBoth,
          picture: stage.dropPicture))
    }
    let posteriorNoise = Self.normal(shape, using: &streams)
    let noise = Self.normal(shape, using: &streams)
    let clean =
      (latents.targetMean + (latents.targetLogVariance * 0.5).exponential() * posteriorNoise)
      * scalingFactor
    let noised = schedule.noised(clean, noise: noise, timesteps: timesteps)
    let target = schedule.target(
      stage.prediction, clean: clean, noise: noise, timesteps: timesteps)

    var condition = latents.condition
    let perSample = condition.count / streams.count
    condition.withMutableFloats { values in
      for sample in dropouts.indices where dropouts[sample].dropsPicture {
        for index in (sample * perSample)..<((sample + 1) * perSample) { values[index] = 0 }
      }
    }
    let ids = zip(indices, dropouts).map { $1.dropsText ? tokens.null : tokens.examples[$0] }
    let isWhole = dropouts.map { !$0.dropsText && !$0.dropsPicture }
    try GradientTape.record { tape in
      let evaluation = unet.evaluate(
        Tensor.concatenated(noised, condition), timesteps: timesteps.map(Double.init),
        context: unet.context(of: textEncoder(ids)))
      var loss = Tensor.meanSquaredError(evaluation.output, target)
      losses.add(evaluation.output, target, groups: indices.map { groupNames[$0] })
      if let grounding {
        loss =
          try loss
          + grounding.loss(
            of: evaluation, examples: indices, isMirrored: latents.isMirrored, isWhole: isWhole,
            reporting: &losses)
      }
      backward(tape, loss)
    }
  }

  /// Standard normal numbers, each sample's from its own stream.
  private static func normal(_ shape: Shape, using streams: inout [RandomStream]) -> Tensor {
    let perSample = shape.count / streams.count
    return Tensor(shape: shape) { values in
      streams.withUnsafeMutableBufferPointer { streams in
        Parallel.forEachRange(streams.count) { samples in
          for sample in samples {
            streams[sample].fillNormal(
              UnsafeMutableBufferPointer(
                rebasing: values[(sample * perSample)..<((sample + 1) * perSample)]))
          }
        }
      }
    }
  }
}
