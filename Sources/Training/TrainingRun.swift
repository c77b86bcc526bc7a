import Diffusion
import Foundation
import Imaging
import Models
import Platform
import Serialization
import TensorCore
import VisionTasks

/// What happened since the last event.
public enum TrainingEvent: Sendable {
  /// A stage begins or goes on.
  case stage(name: String, step: Int, totalSteps: Int)
  case step(StepReport)
  /// Latents of so many of the shards are ready.
  case cached(shards: Int, of: Int)
  case checkpoint(path: String)
  /// A picture was written: samples or a loss curve.
  case picture(path: String)
  /// Anything else worth a line.
  case note(String)
  /// The trained model's folder.
  case finished(model: String)
}

/// One training run, from pictures to a model folder, as a sequence of events that the caller
/// drives: between any two it may save and stop.
///
/// The output folder holds `config.yaml` (everything resolved), `metrics.jsonl`, `loss-*.png`,
/// `samples/`, `checkpoints/<stage>/`, `cache/` and, at the end, `model/`.
public final class TrainingRun {
  public let configuration: TrainingConfiguration
  public let output: String
  private let examples: [TrainingExample]
  private let fingerprint: String
  private let isResuming: Bool
  private var phase = Phase.start
  private var pending: [TrainingEvent] = []
  private var metrics: MetricsLog

  private enum Phase {
    case start
    case autoencoder(AutoencoderTrainer)
    case cache(AutoencoderParts, LatentCache, [(picture: Int, target: Int)])
    case denoiser(DenoiserTrainer, AutoencoderParts)
    case done
  }

  /// A trained autoencoder and how its latents are scaled.
  struct AutoencoderParts {
    let model: Autoencoder
    let configuration: AutoencoderConfiguration
    let fingerprint: String
  }

  /// - Parameters:
  ///   - examples: the training split.
  ///   - output: made if need be; must be empty or hold this run when `resume` is set.
  public init(
    _ configuration: TrainingConfiguration, examples: [TrainingExample], output: String,
    resume: Bool
  ) throws {
    guard !examples.isEmpty else {
      throw ReportableError(
        .badData, "has no training example of a task with a share", path: configuration.data.root)
    }
    self.configuration = configuration
    self.output = output
    isResuming = resume
    self.examples =
      configuration.data.limit > 0
      ? Array(examples.prefix(configuration.data.limit)) : examples
    var hash = Fingerprint()
    hash.combine(try StrictYAML.encode(configuration.decidingPart))
    hash.combine("\(self.examples.count)")
    fingerprint = hash.text
    let files = FileManager.default
    if !resume, files.fileExists(atPath: output + "/checkpoints") {
      throw ReportableError(
        .usage, "holds a run already; go on with --resume or choose another --output",
        path: output)
    }
    do {
      for folder in ["samples", "checkpoints", "cache"] {
        try files.createDirectory(
          atPath: "\(output)/\(folder)", withIntermediateDirectories: true)
      }
    } catch {
      throw ReportableError(
        .inputOutput, "can't be created; check the folder and free space", path: output,
        cause: error)
    }
    try AtomicFile.write(StrictYAML.encode(configuration), to: output + "/config.yaml")
    metrics = try MetricsLog(path: output + "/metrics.jsonl", continuing: resume)
  }

  /// The next thing that happened, after doing some work; nil when the run is over.
  public func next() throws -> TrainingEvent? {
    if let event = pending.first {
      pending.removeFirst()
      return event
    }
    switch phase {
    case .start: return try start()
    case .autoencoder(let trainer): return try advance(trainer) { try self.finish(trainer) }
    case .cache(let parts, let cache, let positions):
      return try fill(cache, parts, positions)
    case .denoiser(let trainer, let parts):
      return try advance(trainer) { try self.finish(trainer, parts) }
    case .done: return nil
    }
  }

  /// Writes a checkpoint of the current stage, when there is one.
  ///
  /// - Returns: its folder.
  public func save() throws -> String? {
    switch phase {
    case .autoencoder(let trainer): try save(trainer)
    case .denoiser(let trainer, _): try save(trainer)
    default: nil
    }
  }

  // MARK: Stages

  private func start() throws -> TrainingEvent {
    let learned = output + "/autoencoder"
    if !configuration.autoencoder.pretrained.isEmpty {
      return try beginCache(folder: configuration.autoencoder.pretrained)
    }
    if isResuming, FileManager.default.fileExists(atPath: learned + "/config.json") {
      return try beginCache(folder: learned)
    }
    let pictures = Array(Set(examples.map(\.picturePath))).sorted()
    var groups: [(name: String, paths: [String], share: Double)] = [("pictures", pictures, 0.4)]
    for task in TaskKind.allCases where task != .classification {
      let paths = Array(Set(examples.filter { $0.task == task }.map(\.targetPath))).sorted()
      groups.append((task.rawValue, paths, task == .detection ? 0.3 : 0.13))
    }
    let blocks = examples.filter { $0.task == .classification }.map(\.targetPath)
    groups.append(("classification", Array(Set(blocks)).sorted(), 0.04))
    let trainer = try AutoencoderTrainer(
      configuration, fingerprint: fingerprint, groups: groups)
    phase = .autoencoder(trainer)
    return try begin(trainer)
  }

  private func finish(_ trainer: AutoencoderTrainer) throws -> TrainingEvent {
    var scaled = trainer.model.configuration
    try trainer.optimizer.withAverages {
      scaled.scalingFactor = try latentScale(trainer.model)
      try AutoencoderFolder.write(
        trainer.model, configuration: scaled, to: output + "/autoencoder")
    }
    pending.append(.note(String(format: "latent scaling factor %.5f", scaled.scalingFactor)))
    return try beginCache(folder: output + "/autoencoder")
  }

  /// One over the deviation of target latents, as Stable Diffusion's 0.18215 was found.
  private func latentScale(_ model: Autoencoder) throws -> Double {
    let sampled = stride(from: 0, to: examples.count, by: max(1, examples.count / 256))
    var squares = 0.0
    var count = 0
    for index in sampled {
      let picture = try PictureLoading.square(
        examples[index].targetPath, side: configuration.model.pictureSize)
      let mean = model.encode(picture.tensor).mean
      squares += mean.sumOfSquares()
      count += mean.count
    }
    return 1 / max((squares / Double(max(count, 1))).squareRoot(), 1e-6)
  }

  private func beginCache(folder: String) throws -> TrainingEvent {
    let parts = try AutoencoderFolder.load(folder, expecting: configuration.model)
    guard configuration.data.resizeMaximum <= configuration.model.pictureSize else {
      return try beginDenoiser(
        LiveLatents(
          autoencoder: parts.model, examples: examples,
          sides: configuration.data.resizeMinimum...configuration.data.resizeMaximum,
          crop: configuration.model.pictureSize, flip: configuration.data.flip), parts)
    }
    let index = try DistinctPictures(examples)
    let cache = try LatentCache(
      paths: index.paths, folder: output + "/cache",
      key: LatentCache.Key(
        autoencoder: parts.fingerprint, pictureSize: configuration.model.pictureSize,
        latentSize: configuration.model.latentSize,
        latentChannels: configuration.model.latentChannels,
        includesMirrored: configuration.data.flip > 0))
    phase = .cache(parts, cache, index.positions)
    return .note("\(index.paths.count) distinct pictures of \(examples.count) examples to encode")
  }

  private func fill(
    _ cache: LatentCache, _ parts: AutoencoderParts, _ positions: [(picture: Int, target: Int)]
  ) throws -> TrainingEvent {
    if let shard = cache.nextMissingShard {
      try cache.computeShard(shard) { pictures in
        let posterior = parts.model.encode(pictures)
        return Tensor.concatenated(posterior.mean, posterior.logVariance)
      }
      return .cached(shards: shard + 1, of: cache.shardCount)
    }
    return try beginDenoiser(
      CachedLatents(
        cache: cache, positions: positions, size: configuration.model.latentSize,
        channels: configuration.model.latentChannels, flip: configuration.data.flip), parts)
  }

  private func beginDenoiser(
    _ source: any LatentSource, _ parts: AutoencoderParts
  ) throws -> TrainingEvent {
    let tokenizer = try InstructionVocabulary.prepare(
      folder: output + "/tokenizer", configuration: configuration,
      instructions: examples.map(\.instruction))
    let length = configuration.model.textEncoder.length
    let groups = TaskKind.allCases.map { task in
      (
        name: task.rawValue, members: examples.indices.filter { examples[$0].task == task },
        share: configuration.data.taskShares[task.rawValue] ?? 0
      )
    }
    let initial = configuration.denoiser.initialModel
    let unet: UNet
    let textEncoder: TextEncoder
    if initial.isEmpty {
      unet = try UNet(
        configuration.model.unetConfiguration, weights: .random(seed: configuration.seed),
        purpose: .training)
      textEncoder = try TextEncoder(
        configuration.model.textEncoderConfiguration,
        weights: .random(seed: configuration.seed), purpose: .training)
    } else {
      let model = try InstructModel.load(folder: initial, purpose: .training)
      (unet, textEncoder) = (model.pipeline.unet, model.pipeline.textEncoder)
    }
    let trainer = DenoiserTrainer(
      configuration, fingerprint: fingerprint, source: source,
      tokens: examples.map { tokenizer.encode($0.instruction, length: length) },
      nullTokens: tokenizer.encode("", length: length), groups: groups,
      scalingFactor: parts.configuration.scalingFactor, unet: unet, textEncoder: textEncoder)
    phase = .denoiser(trainer, parts)
    pending.append(
      .note(
        "\(trainer.parameters.scalarCount) parameters in text encoder and UNet, "
          + "\(parts.model.parameters.scalarCount) in the autoencoder"))
    return try begin(trainer)
  }

  private func finish(_ trainer: DenoiserTrainer, _ parts: AutoencoderParts) throws
    -> TrainingEvent
  {
    let path = output + "/model"
    try writeModel(trainer, parts, to: path)
    phase = .done
    return .finished(model: path)
  }

  /// The moving averages as a model folder.
  private func writeModel(
    _ trainer: DenoiserTrainer, _ parts: AutoencoderParts, to path: String
  ) throws {
    let averages = Dictionary(
      uniqueKeysWithValues: zip(
        trainer.parameters.parameters.map { ObjectIdentifier($0) }, trainer.optimizer.averages))
    try ModelFolderWriter(precision: .brainFloat16).write(
      to: path, unet: trainer.unet, autoencoder: parts.model,
      autoencoderConfiguration: parts.configuration, textEncoder: trainer.textEncoder,
      tokenizerFolder: output + "/tokenizer",
      schedule: ScheduleConfiguration(prediction: configuration.denoiser.prediction),
      card: ModelCard(
        name: configuration.name, resolution: configuration.model.pictureSize, sampler: "ddim",
        steps: configuration.output.sampleSteps, textGuidance: 1, imageGuidance: 1,
        squashesPictures: true, outlineWidth: configuration.data.outlineWidth,
        provenance: [
          "config": configuration.name, "denoiser_steps": "\(trainer.step)",
          "examples": "\(examples.count)", "seed": "\(configuration.seed)",
        ])
    ) { averages[ObjectIdentifier($0)] ?? $0.value }
  }

  // MARK: One stage

  private func begin(_ stage: any TrainingStage) throws -> TrainingEvent {
    let folder = checkpoints(stage)
    if isResuming, let step = folder.steps().last {
      try stage.restore(step: step, from: folder)
    }
    try metrics.forget(stage: stage.name, after: stage.step)
    return .stage(name: stage.name, step: stage.step, totalSteps: stage.totalSteps)
  }

  private func checkpoints(_ stage: any TrainingStage) -> CheckpointFolder {
    CheckpointFolder(
      path: "\(output)/checkpoints/\(stage.name)",
      keptCount: configuration.output.keptCheckpoints)
  }

  private func save(_ stage: any TrainingStage) throws -> String {
    try metrics.flush()
    let folder = checkpoints(stage)
    try stage.save(to: folder)
    return folder.folder(step: stage.step)
  }

  private func advance(
    _ stage: any TrainingStage, _ finish: () throws -> TrainingEvent
  ) throws -> TrainingEvent {
    guard stage.step < stage.totalSteps else { return try finish() }
    let report = try stage.advance()
    let settings = configuration.output
    metrics.add(report, stage: stage.name)
    if report.step % settings.logEvery == 0 { try metrics.flush() }
    let isLast = report.step == stage.totalSteps
    if report.step % settings.checkpointEvery == 0 || isLast {
      pending.append(.checkpoint(path: try save(stage)))
    }
    if report.step % settings.sampleEvery == 0 || isLast {
      try writePictures(of: stage, step: report.step)
    }
    return .step(report)
  }

  private func writePictures(of stage: any TrainingStage, step: Int) throws {
    let curve = "\(output)/loss-\(stage.name).png"
    try metrics.drawCurve(stage: stage.name, to: curve)
    pending.append(.picture(path: curve))
    let shown = SampleSheet.choose(configuration.output.sampleCount, of: examples)
    guard !shown.isEmpty else { return }
    let name = "\(stage.name)-\(String(format: "%08d", step)).png"
    let path = "\(output)/samples/\(name)"
    let sheet = SampleSheet(size: configuration.model.pictureSize)
    switch phase {
    case .autoencoder(let trainer):
      try trainer.optimizer.withAverages {
        try sheet.write(shown, to: path) { _, target in
          let tensor = target.tensor
          return Image(trainer.model.decode(trainer.model.encode(tensor).mean))
        }
      }
    case .denoiser(let trainer, let parts):
      let tokenizer = try InstructionVocabulary.load(folder: output + "/tokenizer")
      try trainer.optimizer.withAverages {
        let model = InstructModel(
          pipeline: try EditPipeline(
            unet: trainer.unet, autoencoder: parts.model, textEncoder: trainer.textEncoder,
            schedule: .stableDiffusion, prediction: configuration.denoiser.prediction),
          tokenizer: tokenizer, card: .standard)
        try sheet.write(shown, to: path) { example, _ in
          let picture = try PictureLoading.square(
            example.picturePath, side: configuration.model.pictureSize)
          return Image(
            try model.answer(
              picture: picture.tensor, instruction: example.instruction, guidance: .unguided,
              plan: SamplerPlan(
                .ddim, stepCount: configuration.output.sampleSteps, schedule: .stableDiffusion),
              seed: configuration.seed))
        }
      }
    default: return
    }
    pending.append(.picture(path: path))
  }
}

extension TrainingConfiguration {
  /// The part that decides the numbers: how long a run goes on or how often it writes does not.
  var decidingPart: TrainingConfiguration {
    var part = self
    part.output = OutputConfiguration()
    return part
  }
}
