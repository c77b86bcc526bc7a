import Foundation
import Layers
import Models
import TensorCore
import Training

/// Times the two stages of training on random pictures and latents in memory.
public struct TrainingBenchmark {
  public enum Stage: String, CaseIterable, Codable, Sendable {
    case autoencoder, denoiser
  }

  /// What one stage costs.
  public struct StageResult: Codable, Sendable {
    public var stage: Stage
    public var batch: Int
    public var parameterCount: Int
    /// Of one step.
    public var milliseconds: Spread
    /// Sums of the operations' least times.
    public var forwardMilliseconds: Double
    public var backwardMilliseconds: Double
    public var optimizerMilliseconds: Double
    public var samplesPerSecond: Double
    /// Forward and backward, by the textbook method.
    public var gigaflopPerSample: Double
    /// Rate of the fastest step as a share of ``PeakRate``; Winograd's method may exceed 1.
    public var shareOfPeak: Double
    /// Most bytes in tensors at one time.
    public var peakTensorByteCount: Int
    /// Memory requests to the system after the second step; 0 for a warm loop.
    public var lateAllocationCount: Int
    public var operations: OperationTable
  }

  public struct Result: Codable, Sendable {
    public var machine: MachineDescription
    public var name: String
    /// Measured, of a large matrix product.
    public var peakGigaflopPerSecond: Double
    public var stages: [StageResult]
    public var peakResidentByteCount: Int
  }

  public var configuration: TrainingConfiguration
  public var stages = Stage.allCases
  public var warmUp = 2
  public var repeats = 5

  public init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  public func run(progress: (String) -> Void = { _ in }) throws -> Result {
    let machine = MachineDescription.current()
    let peak = PeakRate.gigaflopPerSecond()
    let results = try stages.map { stage in
      progress("\(stage.rawValue): \(warmUp) + \(repeats) steps")
      return switch stage {
      case .autoencoder: try autoencoder(peak: peak)
      case .denoiser: try denoiser(peak: peak)
      }
    }
    return Result(
      machine: machine, name: configuration.name, peakGigaflopPerSecond: peak, stages: results,
      peakResidentByteCount: SystemFile.peakResidentByteCount)
  }

  private func autoencoder(peak: Double) throws -> StageResult {
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
    return measured(
      .autoencoder, batch: stage.batch, parameterCount: model.parameters.scalarCount, peak: peak
    ) {
      _ = objective.accumulateGradients(of: model, pictures: pictures, noise: noise)
      optimizer.step(learningRate: 1e-4)
    }
  }

  private func denoiser(peak: Double) throws -> StageResult {
    let stage = configuration.denoiser
    let sizes = configuration.model
    let unet = try UNet(sizes.unetConfiguration, weights: .random(seed: 1), purpose: .training)
    let textEncoder = try TextEncoder(
      sizes.textEncoderConfiguration, weights: .random(seed: 1), purpose: .training)
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
    return try measured(
      .denoiser, batch: stage.batch * stage.accumulation,
      parameterCount: trainer.parameters.scalarCount, peak: peak
    ) { _ = try trainer.advance() }
  }

  private func measured(
    _ stage: Stage, batch: Int, parameterCount: Int, peak: Double, step: () throws -> Void
  ) rethrows -> StageResult {
    MemoryPool.trim()
    MemoryPool.resetPeak()
    for _ in 0..<max(warmUp, 2) { try step() }
    let allocations = MemoryPool.statistics.systemAllocationCount
    var times: [Double] = []
    var profiles: [[OperationProfile.Entry]] = []
    for _ in 0..<max(repeats, 1) {
      let (profile, time) = try Stopwatch.milliseconds { try OperationProfile.record(step) }
      times.append(time)
      profiles.append(profile.entries)
    }
    let statistics = MemoryPool.statistics
    let table = OperationTable(profiles)
    let optimizer = table.rows.filter { ["adam", "gradient norm"].contains($0.operation) }
      .reduce(0) { $0 + $1.milliseconds }
    let milliseconds = Spread(times)
    return StageResult(
      stage: stage, batch: batch, parameterCount: parameterCount, milliseconds: milliseconds,
      forwardMilliseconds: table.milliseconds(.forward) - optimizer,
      backwardMilliseconds: table.milliseconds(.backward), optimizerMilliseconds: optimizer,
      samplesPerSecond: Double(batch) / milliseconds.minimum * 1e3,
      gigaflopPerSample: table.gigaflop / Double(batch),
      shareOfPeak: table.gigaflop / milliseconds.minimum * 1e3 / peak,
      peakTensorByteCount: statistics.peakByteCount,
      lateAllocationCount: statistics.systemAllocationCount - allocations, operations: table)
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

extension TrainingBenchmark.Result {
  /// - Parameter withOperations: adds a table of operations to each stage.
  public func text(withOperations: Bool) -> String {
    var lines = [
      machine.text,
      String(format: "peak of a large product %.0f GFLOP/s", peakGigaflopPerSecond),
    ]
    for stage in stages {
      lines += [
        "",
        "\(name) \(stage.stage.rawValue): batch \(stage.batch), \(stage.parameterCount) parameters",
        "  ms per step      \(stage.milliseconds.text("%.1f")) (minimum / median / maximum)",
        String(
          format: "  parts, ms        forward %.1f, backward %.1f, optimizer %.1f",
          stage.forwardMilliseconds, stage.backwardMilliseconds, stage.optimizerMilliseconds),
        String(format: "  samples/s        %.2f", stage.samplesPerSecond),
        String(
          format: "  GFLOP per sample %.3f, %.0f%% of the peak", stage.gigaflopPerSample,
          stage.shareOfPeak * 100),
        "  peak tensors     \(stage.peakTensorByteCount >> 20) MB; "
          + "\(stage.lateAllocationCount) allocations after step 2",
      ]
      if withOperations { lines.append(stage.operations.text) }
    }
    lines += ["", "peak memory of the process \(peakResidentByteCount >> 20) MB"]
    return lines.joined(separator: "\n")
  }
}
