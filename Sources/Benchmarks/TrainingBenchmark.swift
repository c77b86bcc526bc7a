import Foundation
import Platform
import TensorCore
import Training

/// Times the stages of training on random pictures and latents in memory.
public struct TrainingBenchmark {
  public enum Stage: String, CaseIterable, Codable, Sendable {
    case autoencoder, denoiser
    /// The UNet alone, its texts' states given: what is trained of Stable Diffusion.
    case unet
  }

  /// What one stage costs.
  public struct StageResult: Codable, Sendable {
    public var stage: Stage
    public var batch: Int
    public var parameterCount: Int
    /// What products were computed in; `fp32` also where the processor lacks what was asked for.
    public var products: ProductPrecision
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
    public var peak: PeakRate
    public var stages: [StageResult]
    public var peakResidentByteCount: Int
  }

  public var configuration: TrainingConfiguration
  public var stages: [Stage] = [.autoencoder, .denoiser]
  public var warmUp = 2
  public var repeats = 5

  public init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  public func run(progress: (String) -> Void = { _ in }) throws -> Result {
    let machine = MachineDescription.current()
    let peak = PeakRate.measured()
    let results = try stages.map { stage in
      progress("\(stage.rawValue): \(warmUp) + \(repeats) steps")
      return try measured(work(of: stage), peak: peak.gigaflopPerSecond)
    }
    return Result(
      machine: machine, name: configuration.name, peak: peak, stages: results,
      peakResidentByteCount: SystemFile.peakResidentByteCount)
  }

  /// The names of the session's work are those of ``Stage``; its models are made when they are asked
  /// for.
  public func session() -> MeasuringSession {
    MeasuringSession(
      MeasuringSession.Opening(
        machine: .current(), name: configuration.name, loadMilliseconds: 0, weightByteCount: 0,
        products: configuration.denoiser.products.onThisMachine)
    ) { name in
      guard let stage = Stage(rawValue: name) else {
        let names = Stage.allCases.map(\.rawValue).joined(separator: ", ")
        throw ReportableError(
          .usage, "there is no stage \(quoted(name)); the stages are \(names)")
      }
      return try work(of: stage).step
    }
  }

  /// A stage that is ready to go.
  struct Work {
    var stage: Stage
    var batch: Int
    var parameterCount: Int
    /// What was asked for.
    var products = ProductPrecision.fp32
    /// Forward, backward and update once.
    var step: () throws -> Void
  }

  private func measured(_ work: Work, peak: Double) throws -> StageResult {
    MemoryPool.trim()
    MemoryPool.resetPeak()
    for _ in 0..<max(warmUp, 2) { try work.step() }
    let allocations = MemoryPool.statistics.systemAllocationCount
    var times: [Double] = []
    var profiles: [[OperationProfile.Entry]] = []
    for _ in 0..<max(repeats, 1) {
      let (profile, time) = try Stopwatch.milliseconds { try OperationProfile.record(work.step) }
      times.append(time)
      profiles.append(profile.entries)
    }
    let statistics = MemoryPool.statistics
    let table = OperationTable(profiles)
    let optimizer = table.rows.filter { ["adam", "gradient norm"].contains($0.operation) }
      .reduce(0) { $0 + $1.milliseconds }
    let milliseconds = Spread(times)
    return StageResult(
      stage: work.stage, batch: work.batch, parameterCount: work.parameterCount,
      products: work.products.onThisMachine, milliseconds: milliseconds,
      forwardMilliseconds: table.milliseconds(.forward) - optimizer,
      backwardMilliseconds: table.milliseconds(.backward), optimizerMilliseconds: optimizer,
      samplesPerSecond: Double(work.batch) / milliseconds.minimum * 1e3,
      gigaflopPerSample: table.gigaflop / Double(work.batch),
      shareOfPeak: table.gigaflop / milliseconds.minimum * 1e3 / peak,
      peakTensorByteCount: statistics.peakByteCount,
      lateAllocationCount: statistics.systemAllocationCount - allocations, operations: table)
  }
}

extension TrainingBenchmark.Result {
  /// - Parameter withOperations: adds a table of operations to each stage.
  public func text(withOperations: Bool) -> String {
    var lines = [
      machine.text,
      peak.text,
    ]
    for stage in stages {
      lines += [
        "",
        "\(name) \(stage.stage.rawValue): batch \(stage.batch), \(stage.parameterCount) parameters",
        "  products         \(stage.products.rawValue)",
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
      if withOperations { lines += stage.operations.lines(peak: peak) }
    }
    lines += ["", "peak memory of the process \(peakResidentByteCount >> 20) MB"]
    return lines.joined(separator: "\n")
  }
}
