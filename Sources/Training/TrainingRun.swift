import Datasets
import Models
import Platform
import TensorCore

/// One training run, from pictures to a model folder, as a sequence of events that the caller
/// drives: between any two it may save and stop.
///
/// The output folder holds `config.yaml` (everything resolved), `metrics.jsonl`, `loss-*.png`,
/// `samples/`, `checkpoints/<stage>/`, `cache/` and, at the end, `model/`. A run that is stopped
/// at any moment and resumed makes the same numbers, bit for bit, as one that wasn't, with the same
/// ``TensorCore/Arithmetic`` and whatever the number of threads; it says so when that changed.
public final class TrainingRun {
  public let configuration: TrainingConfiguration
  public var output: String { folder.path }

  let folder: RunFolder
  let examples: [TrainingExample]
  let pictures: DistinctPictures
  /// How the targets were painted; the model's card says it to readers.
  let painting: TargetPainting
  let fingerprint: String
  var phase = Phase.start
  var pending: [TrainingEvent] = []
  private var metrics: MetricsLog
  /// The last step of a stage that is on the disk.
  private var savedSteps: [String: Int] = [:]
  private var skippedSteps = 0

  enum Phase {
    case start
    case autoencoder(AutoencoderTrainer)
    case cache(TrainedAutoencoder, LatentCache)
    case denoiser(DenoiserTrainer, TrainedAutoencoder)
    case done
  }

  /// - Parameters:
  ///   - examples: the training split.
  ///   - output: made if need be; holds no run, or this one when `resume` is set.
  ///   - resume: goes on with the run in `output`; begins it when there is none yet.
  public init(
    _ configuration: TrainingConfiguration, examples: [TrainingExample], output: String,
    resume: Bool
  ) throws {
    guard !examples.isEmpty else {
      throw ReportableError(
        .badData, "has no training example of a task with a share", path: configuration.data.root)
    }
    self.configuration = configuration
    self.examples =
      configuration.data.limit > 0
      ? Array(examples.prefix(configuration.data.limit)) : examples
    pictures = try DistinctPictures(self.examples)
    painting = try TargetPainting(builtSet: configuration.data.root)
    fingerprint = try configuration.fingerprint(of: self.examples, pictures)
    folder = try RunFolder(
      output, resume: resume, configuration: configuration, fingerprint: fingerprint,
      exampleCount: self.examples.count)
    metrics = try MetricsLog(path: folder["metrics.jsonl"], continuing: folder.isContinuing)
    if let former = folder.formerArithmetic {
      pending.append(
        .note(
          "was computed with \(former) so far and goes on with \(Arithmetic.name): the numbers "
            + "will differ by rounding from those of a run that was not moved"))
    }
    if let remark = configuration.denoiser.products.remark {
      pending.append(.note("text encoder and UNet: \(remark)"))
    }
    if resume, !folder.isContinuing {
      pending.append(.note("there is no run in \(output) yet; it begins now"))
    }
    for task in configuration.data.taskShares.names
    where configuration.data.taskShares[task] > 0
      && !self.examples.contains(where: { $0.task.rawValue == task })
    {
      pending.append(.note("no example of \(task): its share goes to the other tasks"))
    }
  }

  /// The next thing that happened, after doing some work; nil when the run is over.
  public func next() throws -> TrainingEvent? {
    if !pending.isEmpty { return pending.removeFirst() }
    switch phase {
    case .start: return try start()
    case .autoencoder(let trainer): return try advance(trainer) { try self.finish(trainer) }
    case .cache(let autoencoder, let cache): return try fill(cache, autoencoder)
    case .denoiser(let trainer, let autoencoder):
      return try advance(trainer) { try self.finish(trainer, autoencoder) }
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

  // MARK: One stage

  /// Starts a stage or goes on with it.
  func begin(_ stage: any TrainingStage) throws -> TrainingEvent {
    let checkpoints = checkpoints(of: stage)
    if folder.isContinuing, let step = checkpoints.steps().last {
      try stage.restore(step: step, from: checkpoints)
      savedSteps[stage.name] = step
    }
    try metrics.forget(stage: stage.name, after: stage.step)
    return .stage(name: stage.name, step: stage.step, totalSteps: stage.totalSteps)
  }

  private func checkpoints(of stage: any TrainingStage) -> CheckpointFolder {
    CheckpointFolder(
      path: folder["checkpoints/" + stage.name], keptCount: configuration.output.keptCheckpoints)
  }

  private func save(_ stage: any TrainingStage) throws -> String {
    // A resumed run drops what was logged after its checkpoint; it can't make up what wasn't.
    try metrics.flush()
    let checkpoints = checkpoints(of: stage)
    if savedSteps[stage.name] != stage.step {
      try stage.save(to: checkpoints)
      savedSteps[stage.name] = stage.step
    }
    return checkpoints.folder(step: stage.step)
  }

  private func advance(
    _ stage: any TrainingStage, _ finish: () throws -> TrainingEvent
  ) throws -> TrainingEvent {
    guard stage.step < stage.totalSteps else { return try finish() }
    let report: StepReport
    do {
      report = try stage.advance()
    } catch let error as ReportableError {
      throw error.at(output)
    }
    try stopIfDiverged(report, stage: stage.name)
    let settings = configuration.output
    metrics.add(report, stage: stage.name)
    if report.step % settings.logEvery == 0 { try metrics.flush() }
    let isLast = report.step == stage.totalSteps
    // Pictures come before the checkpoint: a run resumed from it doesn't come by here again.
    if report.step % settings.sampleEvery == 0 || isLast {
      let curve = folder["loss-\(stage.name).png"]
      try metrics.drawCurve(stage: stage.name, to: curve)
      pending.append(.picture(path: curve))
      try writeSamples(step: report.step)
    }
    if report.step % settings.checkpointEvery == 0 || isLast {
      pending.append(.checkpoint(path: try save(stage)))
    }
    return .step(report)
  }

  /// A step whose loss or gradient is not finite changes nothing; when one follows the other, none
  /// will. (``OptimizerStep`` tells which gradients end the run at once.)
  private func stopIfDiverged(_ report: StepReport, stage: String) throws {
    skippedSteps = report.gradientNorm.isFinite ? 0 : skippedSteps + 1
    guard skippedSteps >= 100 else { return }
    throw ReportableError(
      .badData,
      "\(stage) had no finite gradient for \(skippedSteps) steps; start again with a lower "
        + "\(stage).optimizer.learning_rate", path: output)
  }
}
