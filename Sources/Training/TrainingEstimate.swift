import Foundation
import Imaging
import Models
import Platform
import TensorCore

/// What a run will need, before it is started. Memory and time are measured: each stage makes one
/// step of a single example here, which tells whether the configured size fits into memory, then
/// three of that size, of which the last two are timed. Batches of more than ``measuredBatch``
/// examples are measured at that size and scaled up.
public struct TrainingEstimate: Sendable {
  /// One stage.
  public struct Stage: Sendable {
    public var name: String
    public var parameterCount: Int
    /// Whether all gradients are in memory together, or each only until it is applied.
    public var keepsGradients: Bool
    public var steps: Int
    /// Nil when it wasn't measured.
    public var secondsPerStep: Double?
    /// Most bytes in tensors at one time.
    public var peakByteCount: Int?

    /// Weights, both moments, the average, and gradients that are kept.
    public var stateByteCount: Int { (keepsGradients ? 5 : 4) * 4 * parameterCount }
    /// One checkpoint: weights, both moments and the average.
    public var checkpointByteCount: Int { 4 * 4 * parameterCount }
  }

  /// The largest batch that is measured as it is.
  static let measuredBatch = 64
  /// The largest accumulation that is measured as it is: the second micro-batch meets the gradients
  /// of the first, and those after it find nothing new.
  static let measuredMicroBatches = 2

  /// In the order in which they run.
  public private(set) var stages: [Stage] = []
  /// Encoding the distinct pictures, where latents are cached.
  public private(set) var encoding: (pictureCount: Int, seconds: Double, byteCount: Int)?
  private var refusal: String?
  private let checkpointCount: Int
  private let productRemark: String?

  /// - Parameter examples: the training split; without it, steps are measured on noise and the time
  ///   for reading and encoding pictures is left out.
  public init(_ configuration: TrainingConfiguration, examples: [TrainingExample]) throws {
    checkpointCount = configuration.output.keptCheckpoints + 1
    productRemark = configuration.denoiser.products.remark
    let sizes = configuration.model
    let trainsAutoencoder = configuration.autoencoder.pretrained.isEmpty
    if trainsAutoencoder {
      let model = try Autoencoder(
        sizes.autoencoderConfiguration, weights: .shapesOnly, purpose: .training)
      stages.append(
        Stage(
          name: "autoencoder", parameterCount: model.parameters.scalarCount,
          keepsGradients: !configuration.autoencoder.optimizer.updatesAtOnce(),
          steps: configuration.autoencoder.steps))
    }
    var denoiserCount = 0
    if configuration.denoiser.initialModel.isEmpty {
      denoiserCount =
        try TextEncoder(
          sizes.textEncoderConfiguration, weights: .shapesOnly, purpose: .training
        ).parameters.scalarCount
        + UNet(sizes.unetConfiguration, weights: .shapesOnly, purpose: .training)
        .parameters.scalarCount
    } else {
      let start = try StartingDenoiser(configuration)
      denoiserCount = start.unet.parameters.scalarCount + start.textEncoder.parameters.scalarCount
    }
    stages.append(
      Stage(
        name: "denoiser", parameterCount: denoiserCount,
        keepsGradients: !configuration.denoiser.optimizer.updatesAtOnce(
          accumulation: configuration.denoiser.accumulation),
        steps: configuration.denoiser.steps))

    let needed = stages.map(\.stateByteCount).max() ?? 0
    guard !refuses(needed, "the state alone") else { return }
    try measure(configuration, examples: examples)
  }

  /// Whether this is too much for the machine; notes it then.
  private mutating func refuses(_ byteCount: Int, _ what: String) -> Bool {
    let available = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    guard byteCount >= available / 4 * 3 else { return false }
    refusal =
      "not measured: \(what) needs about \(Self.bytes(byteCount)) of the "
      + "\(Self.bytes(available)) that this machine has"
    return true
  }

  private mutating func measure(
    _ configuration: TrainingConfiguration, examples: [TrainingExample]
  ) throws {
    for index in stages.indices {
      let name = stages[index].name
      let batch =
        name == "autoencoder" ? configuration.autoencoder.batch : configuration.denoiser.batch
      let state = stages[index].stateByteCount
      func activations(_ peak: Int, perExamples count: Int) -> Int {
        Int(clamping: Int64(Double(max(0, peak - state)) * Double(batch) / Double(count)))
      }
      let single = try Self.measured(name, batch: 1, stepCount: 0, configuration, examples)
      let needed = state + activations(single.peakByteCount, perExamples: 1)
      MemoryPool.trim()
      if refuses(needed, "a step of \(name) with \(batch) examples") { return }
      let count = min(batch, Self.measuredBatch)
      let full = try Self.measured(name, batch: count, stepCount: 2, configuration, examples)
      let microBatches = name == "autoencoder" ? 1 : configuration.denoiser.accumulation
      stages[index].secondsPerStep =
        full.seconds * Double(batch) / Double(count) * Double(microBatches)
        / Double(min(microBatches, Self.measuredMicroBatches))
      stages[index].peakByteCount = state + activations(full.peakByteCount, perExamples: count)
      MemoryPool.trim()
    }
    encoding = try TrainingTrial(configuration, examples: examples).encoding()
    MemoryPool.trim()
  }

  /// The mean time of `stepCount` steps after a first one, and the most bytes in tensors.
  private static func measured(
    _ name: String, batch: Int, stepCount: Int, _ configuration: TrainingConfiguration,
    _ examples: [TrainingExample]
  ) throws -> (seconds: Double, peakByteCount: Int) {
    var configuration = configuration
    configuration.autoencoder.batch = batch
    configuration.denoiser.batch = batch
    configuration.denoiser.accumulation = min(
      configuration.denoiser.accumulation, measuredMicroBatches)
    let trial = try TrainingTrial(configuration, examples: examples)
    let stage: any TrainingStage =
      name == "autoencoder" ? try trial.autoencoder() : try trial.denoiser()
    MemoryPool.resetPeak()
    _ = try stage.advance()
    let duration = try ContinuousClock().measure {
      for _ in 0..<stepCount { _ = try stage.advance() }
    }
    return (
      duration / .seconds(max(stepCount, 1)), MemoryPool.statistics.peakByteCount
    )
  }

  /// Seconds of all that was measured; nil when nothing was.
  public var seconds: Double? {
    let steps = stages.compactMap { stage in stage.secondsPerStep.map { $0 * Double(stage.steps) } }
    return steps.count == stages.count ? steps.reduce(encoding?.seconds ?? 0, +) : nil
  }

  /// Lines of comments below the configuration.
  public var text: String {
    var lines: [String] = []
    for stage in stages {
      var line = "\(stage.name): \(stage.parameterCount) parameters"
      if let peak = stage.peakByteCount, let step = stage.secondsPerStep {
        line +=
          ", \(Self.bytes(peak)) of tensors at most, "
          + String(format: "%d steps of %.3f s: ", stage.steps, step)
          + Self.duration(step * Double(stage.steps))
      } else {
        line += ", \(Self.bytes(stage.stateByteCount)) for its state without activations"
      }
      lines.append(line)
    }
    if let productRemark { lines.append("denoiser: \(productRemark)") }
    if let encoding {
      lines.append(
        "latents: \(encoding.pictureCount) distinct pictures, \(Self.bytes(encoding.byteCount)) "
          + "on the disk: \(Self.duration(encoding.seconds))")
    }
    let disk = stages.map { checkpointCount * $0.checkpointByteCount }.reduce(0, +)
    lines.append("checkpoints: up to \(Self.bytes(disk)) on the disk")
    if let seconds {
      lines.append(
        "time: \(Self.duration(seconds)) in all, from two timed steps of each stage on this machine "
          + "as busy as it is now; sample pictures and checkpoints come on top")
    }
    if let refusal { lines.append(refusal) }
    return lines.map { "# " + $0 }.joined(separator: "\n")
  }

  private static func bytes(_ count: Int) -> String {
    count < 10 << 30 ? "\((count + (1 << 20) - 1) >> 20) MB" : "\(count >> 30) GB"
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 1e15))
    return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
