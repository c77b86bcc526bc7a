import Layers
import Models
import TensorCore
import Training

extension TrainingBenchmark {
  /// Makes the stage's models, random ones.
  func work(of stage: Stage) throws -> Work {
    switch stage {
    case .autoencoder: try autoencoder()
    case .denoiser: try denoiser()
    case .unet: try unet()
    }
  }

  private func autoencoder() throws -> Work {
    let stage = configuration.autoencoder
    let model = try Autoencoder(
      configuration.model.autoencoderConfiguration, weights: .random(seed: 1), purpose: .training)
    let optimizer = Optimizer(model.parameters.parameters, configuration: stage.optimizer)
    var stream = RandomStream(seed: 1)
    let pictures = Tensor.normal([stage.batch, stage.crop, stage.crop, 3], using: &stream) * 0.5
    let side = stage.crop / configuration.model.latentFactor
    let noise = Tensor.normal(
      [stage.batch, side, side, configuration.model.latentChannels], using: &stream)
    let objective = AutoencoderObjective(stage)
    return Work(
      stage: .autoencoder, batch: stage.batch, parameterCount: model.parameters.scalarCount
    ) {
      let step = try optimizer.beginStep(learningRate: 1e-4)
      _ = objective.differentiate(
        model, pictures: pictures, noise: noise, backward: step.backward)
      try step.finish()
    }
  }

  private func denoiser() throws -> Work {
    let stage = configuration.denoiser
    let sizes = configuration.model
    let purpose = WeightPurpose.training(products: stage.products)
    let unet = try UNet(sizes.unetConfiguration, weights: .random(seed: 1), purpose: purpose)
    let textEncoder = try TextEncoder(
      sizes.textEncoderConfiguration, weights: .random(seed: 1), purpose: purpose)
    let tokens = (0..<stage.batch).map { row in
      (0..<sizes.textEncoder.length).map {
        Int32((row * 31 + $0 * 17) % sizes.textEncoder.vocabulary)
      }
    }
    let trainer = try DenoiserTrainer(
      configuration, fingerprint: "",
      source: RandomLatents(
        shape: [stage.batch, sizes.latentSize, sizes.latentSize, sizes.latentChannels]),
      tokens: DenoiserTrainer.ExampleTokens(examples: tokens, null: tokens[0]),
      groups: [("random", Array(0..<stage.batch), 1)], scalingFactor: 1, unet: unet,
      textEncoder: textEncoder)
    return Work(
      stage: .denoiser, batch: stage.batch * stage.accumulation,
      parameterCount: trainer.parameters.scalarCount, products: stage.products
    ) { _ = try trainer.advance() }
  }

  private func unet() throws -> Work {
    let stage = configuration.denoiser
    let sizes = configuration.model
    var unet = try UNet(
      sizes.unetConfiguration, weights: .random(seed: 1),
      purpose: .training(products: stage.products))
    unet.usesCheckpoints = stage.gradientCheckpoints
    let optimizer = Optimizer(unet.parameters.parameters, configuration: stage.optimizer)
    let (batch, side) = (stage.batch, sizes.latentSize)
    var stream = RandomStream(seed: 1)
    let x = Tensor.normal(
      [batch, side, side, unet.configuration.inputChannels], using: &stream)
    let target = Tensor.normal(
      [batch, side, side, unet.configuration.outputChannels], using: &stream)
    let text = Tensor.normal(
      [batch, sizes.textEncoder.length, sizes.textEncoder.width], using: &stream)
    let timesteps = Array(repeating: 500.0, count: batch)
    return Work(
      stage: .unet, batch: batch, parameterCount: unet.parameters.scalarCount,
      products: stage.products
    ) { [unet] in
      let step = try optimizer.beginStep(learningRate: 1e-5)
      GradientTape.record { tape in
        let output = unet(x, timesteps: timesteps, text: text)
        step.backward(tape, from: Tensor.meanSquaredError(output, target))
      }
      try step.finish()
    }
  }
}

/// The same random latents for every batch.
private final class RandomLatents: LatentSource {
  private let values: LatentBatch

  init(shape: Shape) {
    var stream = RandomStream(seed: 2)
    values = LatentBatch(
      condition: .normal(shape, using: &stream), targetMean: .normal(shape, using: &stream),
      targetLogVariance: .full(shape, -4))
  }

  func batch(_ indices: [Int], using streams: inout [RandomStream]) -> LatentBatch { values }
}
