import Diffusion
import Layers
import Models
import Platform
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// Latents of one micro-batch.
package struct LatentBatch {
  /// `[N, h, w, C]`: the unscaled mode of the picture's posterior.
  package var condition: Tensor
  /// `[N, h, w, C]`: the target's posterior mean, unscaled.
  package var targetMean: Tensor
  /// `[N, h, w, C]`.
  package var targetLogVariance: Tensor

  package init(condition: Tensor, targetMean: Tensor, targetLogVariance: Tensor) {
    self.condition = condition
    self.targetMean = targetMean
    self.targetLogVariance = targetLogVariance
  }
}

/// Where micro-batches come from: a cache, or the autoencoder itself.
package protocol LatentSource: AnyObject {
  /// - Parameters:
  ///   - indices: of the examples.
  ///   - stream: for flips and crops; the same stream gives the same batch.
  func batch(_ indices: [Int], using stream: inout RandomStream) throws -> LatentBatch
}

/// Trains text encoder and UNet on latents: noised target beside the picture's latent, instruction
/// through cross-attention, conditioning dropout from one uniform draw.
package final class DenoiserTrainer: TrainingStage {
  let name = "denoiser"
  let unet: UNet
  let textEncoder: TextEncoder
  package let parameters: ParameterList
  let optimizer: Optimizer
  private let configuration: TrainingConfiguration
  private let fingerprint: String
  private let source: any LatentSource
  private let schedule: NoiseSchedule
  private let scalingFactor: Float
  /// Token ids by example, and those of the empty instruction.
  private let tokens: [[Int32]]
  private let nullTokens: [Int32]
  private let groups: [(name: String, members: [Int], share: Double)]
  private var order: BalancedOrder
  private(set) var step = 0

  package init(
    _ configuration: TrainingConfiguration, fingerprint: String, source: any LatentSource,
    tokens: [[Int32]], nullTokens: [Int32],
    groups: [(name: String, members: [Int], share: Double)], scalingFactor: Double,
    unet: UNet, textEncoder: TextEncoder
  ) {
    self.configuration = configuration
    self.fingerprint = fingerprint
    self.source = source
    self.tokens = tokens
    self.nullTokens = nullTokens
    self.groups = groups
    self.unet = unet
    self.textEncoder = textEncoder
    self.scalingFactor = Float(scalingFactor)
    schedule = NoiseSchedule.stableDiffusion
    order = BalancedOrder(groups: groups, seed: configuration.seed &+ 1)
    require(!order.isEmpty, "a denoiser can't be trained without examples")
    parameters = textEncoder.parameters + unet.parameters
    optimizer = Optimizer(
      parameters.parameters, configuration: configuration.denoiser.optimizer)
  }

  var totalSteps: Int { configuration.denoiser.steps }

  package func advance() throws -> StepReport {
    let stage = configuration.denoiser
    var stream = RandomStream(seed: configuration.seed, stream: 0x6465_6e6f)
      .substream(UInt64(step))
    var loss = 0.0
    for _ in 0..<stage.accumulation {
      loss += try accumulateGradients(using: &stream)
    }
    loss /= Double(stage.accumulation)
    let rate = stage.optimizer.rate(step: step, totalSteps: stage.steps)
    let norm = optimizer.step(
      learningRate: rate, gradientScale: 1 / Float(stage.accumulation))
    step += 1
    return StepReport(
      step: step, loss: loss, parts: [:], learningRate: rate, gradientNorm: norm,
      exampleCount: stage.batch * stage.accumulation)
  }

  /// One micro-batch, forward and backward; returns its loss.
  private func accumulateGradients(using stream: inout RandomStream) throws -> Double {
    let stage = configuration.denoiser
    let indices = (0..<stage.batch).map { _ in order.next() }
    let latents = try source.batch(indices, using: &stream)
    let shape = latents.targetMean.shape

    let timesteps = (0..<stage.batch).map { _ in
      schedule.timestep(drawnWithPower: stage.timestepPower, using: &stream)
    }
    let posteriorNoise = Tensor.normal(shape, using: &stream)
    let noise = Tensor.normal(shape, using: &stream)
    let clean =
      (latents.targetMean + (latents.targetLogVariance * 0.5).exponential() * posteriorNoise)
      * scalingFactor
    let noised = schedule.noised(clean, noise: noise, timesteps: timesteps)
    let target = schedule.target(
      stage.prediction, clean: clean, noise: noise, timesteps: timesteps)

    var condition = latents.condition
    var ids = indices.map { tokens[$0] }
    let perSample = condition.count / stage.batch
    condition.withMutableFloats { values in
      for sample in 0..<stage.batch {
        let dropout = ConditioningDropout(
          draw: stream.uniform(), text: stage.dropText, both: stage.dropBoth,
          picture: stage.dropPicture)
        if dropout.dropsText { ids[sample] = nullTokens }
        if dropout.dropsPicture {
          for index in (sample * perSample)..<((sample + 1) * perSample) { values[index] = 0 }
        }
      }
    }
    return GradientTape.record { tape in
      let text = textEncoder(ids)
      let output = unet(
        Tensor.concatenated(noised, condition), timesteps: timesteps.map(Double.init), text: text)
      let loss = Tensor.meanSquaredError(output, target)
      let value = Double(loss.floats[0])
      tape.backward(from: loss)
      return value
    }
  }

  func save(to folder: CheckpointFolder) throws {
    try folder.save(
      TrainingState(
        stage: name, step: step, updateCount: optimizer.updateCount, positions: order.positions,
        seed: configuration.seed, fingerprint: fingerprint),
      parameters: parameters, optimizer: optimizer)
  }

  func restore(step: Int, from folder: CheckpointFolder) throws {
    let state = try folder.state(step: step)
    try state.check(stage: name, fingerprint: fingerprint, path: folder.path)
    try folder.restore(step: step, parameters: parameters, optimizer: optimizer)
    order = BalancedOrder(
      groups: groups, seed: configuration.seed &+ 1, positions: state.positions)
    self.step = state.step
  }
}

/// Which conditionings one sample loses, by one uniform number as InstructPix2Pix does: first text
/// alone, then both, then the picture alone.
struct ConditioningDropout: Equatable {
  let dropsText: Bool
  let dropsPicture: Bool

  init(draw: Double, text: Double, both: Double, picture: Double) {
    dropsText = draw < text + both
    dropsPicture = draw >= text && draw < text + both + picture
  }
}

extension NoiseSchedule {
  /// A timestep with density proportional to `t^power`; 0 is uniform.
  func timestep(drawnWithPower power: Double, using stream: inout RandomStream) -> Int {
    let count = Double(stepCount)
    return min(stepCount - 1, Int(count * pow(stream.uniform(), 1 / (1 + power))))
  }
}
