import Diffusion
import Foundation
import Models
import Platform
import Serialization
import TensorCore
import VisionTasks

/// What comes after what: autoencoder, its scale, latents, vocabulary, denoiser, model.
extension TrainingRun {
  func start() throws -> TrainingEvent {
    let pretrained = configuration.autoencoder.pretrained
    if !pretrained.isEmpty { return try beginLatents(folder: pretrained) }
    if folder.holds("autoencoder/config.json") {
      return try beginLatents(folder: folder["autoencoder"])
    }
    let side = configuration.model.pictureSize
    let trainer = try AutoencoderTrainer(
      configuration, fingerprint: fingerprint,
      groups: Self.pictureKinds(configuration, examples, pictures)
    ) { [pictures] in try PictureLoading.square(pictures.paths[$0], side: side) }
    phase = .autoencoder(trainer)
    return try begin(trainer)
  }

  /// Distinct pictures by kind, in the order of their first use.
  static func pictureKinds(
    _ configuration: TrainingConfiguration, _ examples: [TrainingExample],
    _ pictures: DistinctPictures
  ) -> ExampleGroups {
    let shares = configuration.autoencoder.shares
    func distinct(_ positions: [Int]) -> [Int] { Array(Set(positions)).sorted() }
    var groups: ExampleGroups = [
      ("pictures", distinct(pictures.positions.map(\.picture)), shares["pictures"])
    ]
    for task in TaskKind.allCases {
      let targets = zip(examples, pictures.positions).filter { $0.0.task == task }.map(\.1.target)
      groups.append((task.rawValue, distinct(targets), shares[task.rawValue]))
    }
    return groups
  }

  func finish(_ trainer: AutoencoderTrainer) throws -> TrainingEvent {
    var scaled = trainer.model.configuration
    try trainer.optimizer.withAverages {
      scaled.scalingFactor = try latentScale(trainer.model)
      try AutoencoderFolder.write(
        trainer.model, configuration: scaled, to: folder["autoencoder"])
    }
    pending.append(try beginLatents(folder: folder["autoencoder"]))
    return .note(String(format: "latent scaling factor %.5f", scaled.scalingFactor))
  }

  /// One over the deviation of latents drawn from the posteriors of targets, as Stable Diffusion's
  /// 0.18215 was found (CompVis/latent-diffusion, `ddpm.py`, `on_train_batch_start`).
  private func latentScale(_ model: Autoencoder) throws -> Double {
    var (sum, squares, count) = (0.0, 0.0, 0.0)
    for index in stride(from: 0, to: examples.count, by: max(1, examples.count / 256)) {
      let picture = try PictureLoading.square(
        examples[index].targetPath, side: configuration.model.pictureSize)
      let posterior = model.encode(picture.tensor)
      sum += posterior.mean.sum()
      squares += posterior.mean.sumOfSquares() + posterior.logVariance.exponential().sum()
      count += Double(posterior.mean.count)
    }
    let deviation = max(0, squares / count - (sum / count) * (sum / count)).squareRoot()
    guard deviation.isFinite else {
      throw ReportableError(
        .badData,
        "the autoencoder's latents are not finite; start again with a lower "
          + "autoencoder.optimizer.learning_rate", path: output)
    }
    return 1 / max(deviation, 1e-6)
  }

  private func beginLatents(folder trained: String) throws -> TrainingEvent {
    let autoencoder = try AutoencoderFolder.load(trained, expecting: configuration.model)
    let sizes = configuration.model
    guard configuration.data.resizeMaximum <= sizes.pictureSize else {
      return try beginDenoiser(
        LiveLatents(
          autoencoder: autoencoder.model, examples: examples,
          sides: configuration.data.resizeMinimum...configuration.data.resizeMaximum,
          crop: sizes.pictureSize, flip: configuration.data.flip), autoencoder)
    }
    let cache = try LatentCache(
      paths: pictures.paths, folder: folder["cache"],
      key: LatentCache.Key(
        autoencoder: autoencoder.fingerprint, pictureSize: sizes.pictureSize,
        latentSize: sizes.latentSize, latentChannels: sizes.latentChannels,
        includesMirrored: configuration.data.flip > 0))
    phase = .cache(autoencoder, cache)
    return .encoded(pictures: cache.encodedCount, of: cache.pictureCount)
  }

  func fill(_ cache: LatentCache, _ autoencoder: TrainedAutoencoder) throws -> TrainingEvent {
    guard cache.isComplete else {
      try cache.encodeNext { pictures in
        let posterior = autoencoder.model.encode(pictures)
        return Tensor.concatenated(posterior.mean, posterior.logVariance)
      }
      return .encoded(pictures: cache.encodedCount, of: cache.pictureCount)
    }
    return try beginDenoiser(
      CachedLatents(
        cache: cache, positions: pictures.positions, size: configuration.model.latentSize,
        channels: configuration.model.latentChannels, flip: configuration.data.flip), autoencoder)
  }

  private func beginDenoiser(
    _ source: any LatentSource, _ autoencoder: TrainedAutoencoder
  ) throws -> TrainingEvent {
    let tokenizer = try InstructionVocabulary.prepare(
      folder: folder["tokenizer"], configuration: configuration,
      instructions: examples.map(\.instruction))
    let start = try StartingDenoiser(configuration)
    do {
      try tokenizer.check(fits: start.textEncoder.configuration)
    } catch let error as ReportableError {
      throw error.at(folder["tokenizer"])
    }
    var identity = Fingerprint()
    identity.combine(fingerprint)
    identity.combine(autoencoder.fingerprint)
    let trainer = try DenoiserTrainer(
      configuration, fingerprint: identity.text, source: source,
      tokens: DenoiserTrainer.ExampleTokens(
        examples: examples.map { tokenizer.encode($0.instruction, length: start.length) },
        null: tokenizer.encode("", length: start.length)),
      groups: TrainingExamples.groups(of: examples, configuration.data),
      scalingFactor: autoencoder.configuration.scalingFactor, unet: start.unet,
      textEncoder: start.textEncoder,
      grounding: grounding(of: start.unet))
    phase = .denoiser(trainer, autoencoder)
    pending.append(try begin(trainer))
    return .note(
      "\(trainer.parameters.scalarCount) parameters in text encoder and UNet, "
        + "\(autoencoder.model.parameters.scalarCount) in the autoencoder")
  }

  private func grounding(of unet: UNet) throws -> Grounding? {
    let weight = configuration.denoiser.groundingWeight
    guard weight > 0 else { return nil }
    return try Grounding(
      weight: weight, examples: examples, pictureSize: configuration.model.pictureSize,
      unet: unet.configuration, seed: configuration.seed)
  }

  func finish(
    _ trainer: DenoiserTrainer, _ autoencoder: TrainedAutoencoder
  ) throws -> TrainingEvent {
    let path = folder["model"]
    try writeModel(trainer, autoencoder, to: path)
    phase = .done
    return .finished(model: path)
  }

  /// The moving averages as a model folder.
  private func writeModel(
    _ trainer: DenoiserTrainer, _ autoencoder: TrainedAutoencoder, to path: String
  ) throws {
    let averages = Dictionary(
      uniqueKeysWithValues: zip(
        trainer.parameters.parameters.map { ObjectIdentifier($0) }, trainer.optimizer.averages))
    try ModelFolderWriter(precision: .brainFloat16).write(
      to: path, unet: trainer.unet, autoencoder: autoencoder.model,
      autoencoderConfiguration: autoencoder.configuration, textEncoder: trainer.textEncoder,
      tokenizerFolder: folder["tokenizer"],
      schedule: configuration.denoiser.schedule,
      card: ModelCard(
        name: configuration.name, resolution: configuration.model.pictureSize, sampler: "ddim",
        steps: configuration.output.sampleSteps, textGuidance: 1, imageGuidance: 1,
        squashesPictures: true, outlineWidth: painting.outlineWidth,
        verdictColors: painting.verdictColors,
        provenance: [
          "config": configuration.name, "denoiser_steps": "\(trainer.step)",
          "examples": "\(examples.count)", "seed": "\(configuration.seed)",
        ])
    ) { averages[ObjectIdentifier($0)] ?? $0.value }
  }
}
