import Diffusion
import Kernels
import Layers
import Models
import Platform
import TensorCore
import Training

/// Times every part of an answer, and the whole.
public struct ModelBenchmark {
  /// Whose speed is measured.
  public enum Subject {
    /// The autoencoder, if there is one, takes the place of the model's own.
    case model(path: String, autoencoder: String?)
    /// Random weights of these sizes.
    case random(ModelSizes, name: String)
    /// Random weights of Stable Diffusion 1.5's sizes with InstructPix2Pix' input.
    case stableDiffusion
  }

  /// One part, measured by itself.
  public struct Part: Codable, Sendable {
    public var name: String
    /// Pictures (texts) at a time.
    public var batch: Int
    public var milliseconds: Spread
    public var gigaflop: Double
    public var operations: OperationTable
    /// Requests of memory to the system in all repeats, after the warm-up; 0 for a warm loop.
    public var lateAllocationCount: Int

    /// Of the fastest repetition.
    public var samplesPerSecond: Double { Double(batch) / max(milliseconds.minimum, 1e-9) * 1e3 }
  }

  public struct Result: Codable, Sendable {
    public var machine: MachineDescription
    public var name: String
    public var precision: WeightPrecision
    public var resolution: Int
    public var steps: Int
    /// Evaluations of the UNet for one answer, counted per picture.
    public var passCount: Int
    /// Reading (or drawing) the weights and laying them out.
    public var loadMilliseconds: Double
    /// Part by part; nil for random weights.
    public var loading: LoadReport?
    public var peak: PeakRate
    /// Empty when the model was only loaded.
    public var parts: [Part]
    public var memory: Memory
  }

  /// Bytes; 0 where the system does not tell.
  public struct Memory: Codable, Sendable {
    /// All weights, packed ones with what fills up their last panels.
    public var weightByteCount: Int
    /// Of the process when the model was loaded.
    public var loadedResidentByteCount: Int
    /// The most of the process until then.
    public var loadingPeakResidentByteCount: Int
    /// That, divided by the weights.
    public var loadingPeakPerWeightByte: Double
    /// The most of the process in all.
    public var peakResidentByteCount: Int
    /// Most bytes in tensors at one time, weights included.
    public var peakTensorByteCount: Int
  }

  public var subject: Subject
  /// What the matrices are kept in.
  public var precision = WeightPrecision.fp32
  /// The model's own when nil; ``usualResolution`` for one that has none.
  public var resolution: Int?
  /// The model's own when nil; ``usualSteps`` for one that has none.
  public var steps: Int?
  public var repeats = 5
  /// What is measured besides loading.
  public var parts = BenchmarkedPart.usual

  /// Of pictures whose latent is 32 positions wide in Stable Diffusion.
  public static let usualResolution = 256
  /// Each of them takes as long as any other.
  public static let usualSteps = 2

  public init(_ subject: Subject) { self.subject = subject }

  /// - Throws: ``ReportableError`` for a model that can't be read and impossible sizes.
  public func run(progress: (String) -> Void = { _ in }) throws -> Result {
    let machine = MachineDescription.current()
    let peak = PeakRate.measured(precision)
    MemoryPool.trim()
    MemoryPool.resetPeak()
    SystemFile.resetPeakResident()
    progress("loading")
    let (loaded, loadTime) = try Stopwatch.milliseconds { try load() }
    let loadedByteCount = SystemFile.residentByteCount
    let loadingPeak = SystemFile.peakResidentByteCount
    let weightByteCount = loaded.weightByteCount
    let answer = try answer(of: loaded)
    let measured = answer.parts(parts, repeats: repeats, progress: progress)
    return Result(
      machine: machine, name: loaded.card.name, precision: precision, resolution: answer.resolution,
      steps: answer.stepCount, passCount: answer.passCount, loadMilliseconds: loadTime,
      loading: loaded.report, peak: peak.measuredAgain(), parts: measured,
      memory: Memory(
        weightByteCount: weightByteCount, loadedResidentByteCount: loadedByteCount,
        loadingPeakResidentByteCount: loadingPeak,
        loadingPeakPerWeightByte: Double(loadingPeak) / Double(max(weightByteCount, 1)),
        peakResidentByteCount: SystemFile.peakResidentByteCount,
        peakTensorByteCount: MemoryPool.statistics.peakByteCount))
  }

  /// Loads the model; the names of the session's work are those of ``BenchmarkedPart``.
  ///
  /// - Throws: as ``run(progress:)``.
  public func session() throws -> MeasuringSession {
    let (loaded, loadTime) = try Stopwatch.milliseconds { try load() }
    let answer = try answer(of: loaded)
    return MeasuringSession(
      MeasuringSession.Opening(
        machine: .current(), name: loaded.card.name, loadMilliseconds: loadTime,
        weightByteCount: loaded.weightByteCount)
    ) { try answer.work(of: BenchmarkedPart(named: $0)) }
  }

  /// One answer's operands and the bytes of the model's weights.
  ///
  /// - Throws: as ``run(progress:)``.
  func loadedAnswer() throws -> (answer: BenchmarkedAnswer, name: String, weightByteCount: Int) {
    let loaded = try load()
    return (try answer(of: loaded), loaded.card.name, loaded.weightByteCount)
  }

  private func answer(of loaded: Loaded) throws -> BenchmarkedAnswer {
    let multiple = loaded.pipeline.sizeMultiple
    let resolution = resolution ?? loaded.card.resolution
    guard resolution % multiple == 0 else {
      throw ReportableError(
        .usage, "--resolution must be a multiple of \(multiple), not \(resolution)")
    }
    return try BenchmarkedAnswer(
      loaded.pipeline, loaded.card, resolution: resolution, steps: steps ?? loaded.card.steps)
  }

  private struct Loaded {
    var pipeline: EditPipeline
    var card: ModelCard
    var report: LoadReport?

    var weightByteCount: Int {
      (pipeline.texts.encoder?.parameters.work.byteCount ?? 0)
        + pipeline.autoencoder.parameters.work.byteCount + pipeline.unet.parameters.work.byteCount
    }
  }

  private func load() throws -> Loaded {
    switch subject {
    case .model(let path, let autoencoder):
      var report = LoadReport()
      let model = try InstructModel.load(
        path: path, autoencoderPath: autoencoder, purpose: .inference(precision: precision),
        report: &report)
      var card = model.card
      if !report.hasOwnCard {
        (card.resolution, card.steps) = (Self.usualResolution, Self.usualSteps)
      }
      return Loaded(pipeline: model.pipeline, card: card, report: report)
    case .random(let sizes, let name):
      var card = ModelCard.standard
      (card.name, card.resolution) = (name, sizes.pictureSize)
      (card.sampler, card.steps) = ("ddim", TrainingConfiguration().output.sampleSteps)
      (card.textGuidance, card.imageGuidance) = (1, 1)
      return Loaded(
        pipeline: try random(
          sizes.unetConfiguration, sizes.autoencoderConfiguration, sizes.textEncoderConfiguration),
        card: card)
    case .stableDiffusion:
      var card = ModelCard.standard
      (card.name, card.steps) = ("random weights, Stable Diffusion 1.5", Self.usualSteps)
      return Loaded(
        pipeline: try random(.stableDiffusion, .stableDiffusion, .stableDiffusion),
        card: card)
    }
  }

  private func random(
    _ unet: UNetConfiguration, _ autoencoder: AutoencoderConfiguration,
    _ textEncoder: TextEncoderConfiguration
  ) throws -> EditPipeline {
    let purpose = WeightPurpose.inference(precision: precision)
    return try EditPipeline(
      unet: UNet(unet, weights: .random(seed: 1), purpose: purpose),
      autoencoder: Autoencoder(autoencoder, weights: .random(seed: 2), purpose: purpose),
      textEncoder: TextEncoder(textEncoder, weights: .random(seed: 3), purpose: purpose),
      schedule: .stableDiffusion, prediction: .v)
  }
}
