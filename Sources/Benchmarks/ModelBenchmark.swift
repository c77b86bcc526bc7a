import Answering
import Diffusion
import Foundation
import Models
import Platform
import TensorCore
import Training

/// Times every part of an answer, and the whole.
public struct ModelBenchmark {
  /// Whose speed is measured.
  public enum Subject {
    case folder(String)
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

    /// Of the fastest repetition.
    public var samplesPerSecond: Double { Double(batch) / max(milliseconds.minimum, 1e-9) * 1e3 }
  }

  public struct Result: Codable, Sendable {
    public var machine: MachineDescription
    public var name: String
    public var resolution: Int
    public var steps: Int
    /// Evaluations of the UNet for one answer, counted per picture.
    public var passCount: Int
    /// Reading (or drawing) the weights and laying them out.
    public var loadMilliseconds: Double
    public var peakGigaflopPerSecond: Double
    /// The last one is the whole answer.
    public var parts: [Part]
    /// Most bytes in tensors at one time, weights included.
    public var peakTensorByteCount: Int
    public var peakResidentByteCount: Int
  }

  public var subject: Subject
  /// The model's own when nil.
  public var resolution: Int?
  public var steps: Int?
  public var repeats = 5

  public init(_ subject: Subject) { self.subject = subject }

  /// - Throws: ``ReportableError`` for a model that can't be read and impossible sizes.
  public func run(progress: (String) -> Void = { _ in }) throws -> Result {
    let machine = MachineDescription.current()
    let peak = PeakRate.gigaflopPerSecond()
    MemoryPool.trim()
    MemoryPool.resetPeak()
    progress("loading")
    let (loaded, loadTime) = try Stopwatch.milliseconds { try load() }
    let (pipeline, card) = loaded
    let resolution = resolution ?? card.resolution
    guard resolution % pipeline.sizeMultiple == 0 else {
      throw ReportableError(
        .usage, "--resolution must be a multiple of \(pipeline.sizeMultiple), not \(resolution)")
    }
    let answer = try Answer(pipeline, card, resolution: resolution, steps: steps ?? card.steps)
    let parts = try answer.parts(repeats: repeats, progress: progress)
    return Result(
      machine: machine, name: card.name, resolution: resolution, steps: answer.stepCount,
      passCount: answer.passCount, loadMilliseconds: loadTime, peakGigaflopPerSecond: peak,
      parts: parts, peakTensorByteCount: MemoryPool.statistics.peakByteCount,
      peakResidentByteCount: SystemFile.peakResidentByteCount)
  }

  private func load() throws -> (EditPipeline, ModelCard) {
    switch subject {
    case .folder(let path):
      let model = try InstructModel.load(path: path)
      return (model.pipeline, model.card)
    case .random(let sizes, let name):
      var card = ModelCard.standard
      (card.name, card.resolution) = (name, sizes.pictureSize)
      (card.sampler, card.steps) = ("ddim", TrainingConfiguration().output.sampleSteps)
      (card.textGuidance, card.imageGuidance) = (1, 1)
      return (
        try Self.random(
          sizes.unetConfiguration, sizes.autoencoderConfiguration, sizes.textEncoderConfiguration),
        card
      )
    case .stableDiffusion:
      var card = ModelCard.standard
      (card.name, card.steps) = ("random weights, Stable Diffusion 1.5", 2)
      return (
        try Self.random(.stableDiffusion, .stableDiffusion, .stableDiffusion), card
      )
    }
  }

  private static func random(
    _ unet: UNetConfiguration, _ autoencoder: AutoencoderConfiguration,
    _ textEncoder: TextEncoderConfiguration
  ) throws -> EditPipeline {
    try EditPipeline(
      unet: UNet(unet, weights: .random(seed: 1), purpose: .inference),
      autoencoder: Autoencoder(autoencoder, weights: .random(seed: 2), purpose: .inference),
      textEncoder: TextEncoder(textEncoder, weights: .random(seed: 3), purpose: .inference),
      schedule: .stableDiffusion, prediction: .v)
  }
}

/// The parts of one answer with operands of their sizes.
private struct Answer {
  let pipeline: EditPipeline
  let guidance: Guidance
  let plan: SamplerPlan
  let stepCount: Int
  let picture: Tensor
  let tokens: [Int32]

  init(_ pipeline: EditPipeline, _ card: ModelCard, resolution: Int, steps: Int) throws {
    self.pipeline = pipeline
    guidance = .instructPix2Pix(text: card.textGuidance, image: card.imageGuidance)
    stepCount = steps
    plan = try SamplerPlan(
      SamplerMethod(name: card.sampler), stepCount: steps, schedule: pipeline.schedule)
    var stream = RandomStream(seed: 4)
    picture = Tensor.normal([1, resolution, resolution, 3], using: &stream).clamped(-1...1)
    let configuration = pipeline.textEncoder.configuration
    tokens = (0..<configuration.positionCount).map {
      Int32(($0 * 31) % configuration.vocabularySize)
    }
  }

  var passCount: Int { plan.evaluationCount * guidance.passCount }

  func parts(repeats: Int, progress: (String) -> Void) throws -> [ModelBenchmark.Part] {
    func part(_ name: String, batch: Int, _ body: () -> Void) -> ModelBenchmark.Part {
      progress(name)
      body()
      var times: [Double] = []
      var profiles: [[OperationProfile.Entry]] = []
      for _ in 0..<repeats {
        let (profile, time) = Stopwatch.milliseconds { OperationProfile.record(body) }
        times.append(time)
        profiles.append(profile.entries)
      }
      let table = OperationTable(profiles)
      return ModelBenchmark.Part(
        name: name, batch: batch, milliseconds: Spread(times), gigaflop: table.gigaflop,
        operations: table)
    }

    let text = pipeline.textEncoder([tokens])
    let latent = pipeline.autoencoder.conditioningLatent(of: picture)
    var parts = [
      part("text encoder", batch: 1) { _ = pipeline.textEncoder([tokens]) },
      part("autoencoder, encoding", batch: 1) { _ = pipeline.autoencoder.encode(picture) },
    ]
    for batch in [1, 3] {
      let one = Tensor.concatenated(latent, latent)
      let x = Tensor.stacked(Array(repeating: one, count: batch))
        .reshaped(Shape([batch] + one.shape.dims.dropFirst()))
      let texts = Tensor.stacked(Array(repeating: text, count: batch))
        .reshaped(Shape([batch] + text.shape.dims.dropFirst()))
      let context = pipeline.unet.context(of: texts)
      let timesteps = Array(repeating: 500.0, count: batch)
      parts.append(
        part("UNet, batch \(batch)", batch: batch) {
          _ = pipeline.unet(x, timesteps: timesteps, context: context)
        })
    }
    parts.append(
      part("autoencoder, decoding", batch: 1) { _ = pipeline.autoencoder.decode(latent) })
    let request = EditPipeline.Request(
      pictures: picture, tokens: [tokens], nullTokens: tokens, guidance: guidance, plan: plan)
    parts.append(
      part("whole answer", batch: 1) {
        var sampler = pipeline.run(request, noise: SeededNoise(seed: 5))
        while sampler.next() != nil {}
        _ = pipeline.picture(of: sampler.latent)
      })
    return parts
  }
}

extension ModelBenchmark.Result {
  /// - Parameter withOperations: adds a table of operations to each part.
  public func text(withOperations: Bool) -> String {
    var lines = [
      machine.text,
      String(format: "peak of a large product %.0f GFLOP/s", peakGigaflopPerSecond), "",
      "\(name), \(resolution) pixels, \(steps) steps with \(passCount) passes",
      String(format: "loading %.0f ms", loadMilliseconds),
      "part".padding(toLength: 24, withPad: " ", startingAt: 0)
        + "ms (min / median / max)     samples/s    GFLOP  GFLOP/s",
    ]
    for part in parts {
      lines.append(
        part.name.padding(toLength: 24, withPad: " ", startingAt: 0)
          + part.milliseconds.text().padding(toLength: 28, withPad: " ", startingAt: 0)
          + String(
            format: "%9.2f%9.2f%9.1f", part.samplesPerSecond, part.gigaflop,
            part.gigaflop / max(part.milliseconds.minimum, 1e-9) * 1e3))
      if withOperations { lines.append(part.operations.text) }
    }
    lines += [
      "",
      "peak memory: tensors \(peakTensorByteCount >> 20) MB, process "
        + "\(peakResidentByteCount >> 20) MB",
    ]
    return lines.joined(separator: "\n")
  }
}
