import Layers
import Models
import Platform
import TensorCore

/// All parts of one instruction model, ready to answer or to be trained on.
public struct InstructModel: Sendable {
  public let pipeline: EditPipeline
  public let tokenizer: CLIPTokenizer
  public let card: ModelCard
  /// What the card's sampler was taken from; nil when the model has a card of its own.
  public let statedSampler: StatedSampler?

  public init(
    pipeline: EditPipeline, tokenizer: CLIPTokenizer, card: ModelCard,
    statedSampler: StatedSampler? = nil
  ) {
    self.pipeline = pipeline
    self.tokenizer = tokenizer
    self.card = card
    self.statedSampler = statedSampler
  }

  /// Token ids of one instruction, as long as the text encoder's positions.
  public func tokens(of instruction: String) -> [Int32] {
    tokenizer.encode(instruction, length: pipeline.texts.configuration.positionCount)
  }

  /// Loads a model of any layout; see ``ModelFiles``.
  ///
  /// One part after the other is read, packed and its files let go. Weights are packed out of the
  /// mapped files, so no more than the model itself and one tensor's pages are in memory.
  ///
  /// - Parameters:
  ///   - path: a diffusers folder or a checkpoint with CompVis' names.
  ///   - autoencoderPath: an autoencoder for the place of the model's own.
  ///   - instructions: the only texts, beside the empty one, that will be asked; the text encoder is
  ///     let go then before the larger parts are read. Any text when nil.
  /// - Throws: ``ReportableError``: `missingInput` for what is absent, `badData` for what does not
  ///   fit; everything wrong in one error.
  public static func load(
    path: String, autoencoderPath: String? = nil, weights: WeightChoice = .averages,
    purpose: WeightPurpose = .inference, instructions: [String]? = nil
  ) throws -> InstructModel {
    var report = LoadReport()
    return try load(
      path: path, autoencoderPath: autoencoderPath, weights: weights, purpose: purpose,
      instructions: instructions, report: &report)
  }

  /// As above, and tells what it took.
  public static func load(
    path: String, autoencoderPath: String? = nil, weights: WeightChoice = .averages,
    purpose: WeightPurpose = .inference, instructions: [String]? = nil,
    report: inout LoadReport
  ) throws -> InstructModel {
    report = LoadReport()
    let start = ContinuousClock.now
    var files = try ModelFiles(path: path, autoencoderPath: autoencoderPath, weights: weights)
    try files.requireWhole(isForEditing: true)
    report.hasOwnCard = files.hasOwnCard
    report.openMilliseconds = LoadReport.milliseconds(since: start)
    var errors = ErrorCollection()
    // One thread is enough for it, and does it beside the weights of the text encoder.
    let pendingTokenizer = ConcurrentResult { [files] in
      let start = ContinuousClock.now
      let tokenizer = try files.tokenizer()
      return (tokenizer, milliseconds: LoadReport.milliseconds(since: start))
    }
    var textEncoder = report.load(&files.textEncoder, errors: &errors) {
      try TextEncoder($0, weights: $1, purpose: purpose)
    } parameters: {
      $0.parameters
    }
    let read = errors.collect { try pendingTokenizer.value() }
    let tokenizer = read?.0
    report.tokenizerMilliseconds = read?.milliseconds ?? 0
    let texts = textEncoder.take().map {
      Self.states(by: $0, of: instructions, tokenizer: tokenizer)
    }
    // What an encoder that was let go leaves is for the parts to come.
    MemoryPool.trim()
    let autoencoder = report.load(&files.autoencoder, errors: &errors) {
      try Autoencoder($0, weights: $1, purpose: purpose)
    } parameters: {
      $0.parameters
    }
    let unet = report.load(&files.unet, errors: &errors) {
      try UNet($0, weights: $1, purpose: purpose)
    } parameters: {
      $0.parameters
    }
    if let error = errors.combined(at: path) { throw error }
    guard let texts, let autoencoder, let unet, let tokenizer,
      let schedule = files.schedule
    else { throw ReportableError(.badData, "is not a whole model", path: path) }
    do {
      return InstructModel(
        pipeline: try EditPipeline(
          unet: unet, autoencoder: autoencoder, texts: texts,
          schedule: NoiseSchedule(schedule), prediction: schedule.prediction),
        tokenizer: tokenizer, card: files.card,
        statedSampler: files.hasOwnCard ? nil : files.statedSampler)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }
}

extension InstructModel {
  /// The states of `instructions` and of the empty text, or of any text when nil.
  private static func states(
    by encoder: TextEncoder, of instructions: [String]?, tokenizer: CLIPTokenizer?
  ) -> TextStates {
    guard let instructions, let tokenizer else { return TextStates(encoder) }
    let length = encoder.configuration.positionCount
    let texts = (instructions + [""]).map { tokenizer.encode($0, length: length) }
    return TextStates(of: texts, by: encoder)
  }

  /// The picture that answers one instruction about one picture, without looking at the steps.
  ///
  /// - Parameter picture: `[1, H, W, 3]` in -1...1, sides multiples of the pipeline's.
  /// - Returns: the same shape.
  public func answer(
    picture: Tensor, instruction: String, guidance: Guidance, plan: SamplerPlan, seed: UInt64
  ) throws -> Tensor {
    let request = EditPipeline.Request(
      pictures: picture, tokens: [tokens(of: instruction)], nullTokens: tokens(of: ""),
      guidance: guidance, plan: plan)
    var sampler = pipeline.run(request, noise: SeededNoise(seed: seed))
    while sampler.next() != nil {}
    return pipeline.picture(of: sampler.latent)
  }
}
