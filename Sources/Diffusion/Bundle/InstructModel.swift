import Layers
import Models
import Platform
import TensorCore

/// All parts of one instruction model, ready to answer or to be trained on.
public struct InstructModel: Sendable {
  public let pipeline: EditPipeline
  public let tokenizer: CLIPTokenizer
  public let card: ModelCard

  public init(pipeline: EditPipeline, tokenizer: CLIPTokenizer, card: ModelCard) {
    self.pipeline = pipeline
    self.tokenizer = tokenizer
    self.card = card
  }

  /// Token ids of one instruction, as long as the text encoder's positions.
  public func tokens(of instruction: String) -> [Int32] {
    tokenizer.encode(instruction, length: pipeline.textEncoder.configuration.positionCount)
  }

  /// Loads a model of any layout; see ``ModelFiles``.
  ///
  /// One part after the other is read, packed and its files let go, so no more than the model itself
  /// and one tensor are in memory.
  ///
  /// - Parameters:
  ///   - path: a diffusers folder or a checkpoint with CompVis' names.
  ///   - autoencoderPath: an autoencoder for the place of the model's own.
  /// - Throws: ``ReportableError``: `missingInput` for what is absent, `badData` for what does not
  ///   fit; everything wrong in one error.
  public static func load(
    path: String, autoencoderPath: String? = nil, weights: WeightChoice = .averages,
    purpose: WeightPurpose = .inference
  ) throws -> InstructModel {
    var files = try ModelFiles(path: path, autoencoderPath: autoencoderPath, weights: weights)
    try files.requireWhole(isForEditing: true)
    var errors = ErrorCollection()
    let textEncoder = errors.collect(at: files.textEncoder?.path) {
      try files.textEncoder.take().map {
        try TextEncoder($0.configuration, weights: .stored($0.tensors), purpose: purpose)
      }
    }
    let autoencoder = errors.collect(at: files.autoencoder?.path) {
      try files.autoencoder.take().map {
        try Autoencoder($0.configuration, weights: .stored($0.tensors), purpose: purpose)
      }
    }
    let unet = errors.collect(at: files.unet?.path) {
      try files.unet.take().map {
        try UNet($0.configuration, weights: .stored($0.tensors), purpose: purpose)
      }
    }
    let tokenizer = errors.collect {
      try files.tokenizerFolder.map { try CLIPTokenizer(folder: $0) }
    }
    if let error = errors.combined(at: path) { throw error }
    guard let textEncoder = textEncoder ?? nil, let autoencoder = autoencoder ?? nil,
      let unet = unet ?? nil, let tokenizer = tokenizer ?? nil, let schedule = files.schedule
    else { throw ReportableError(.badData, "is not a whole model", path: path) }
    do {
      let model = InstructModel(
        pipeline: try EditPipeline(
          unet: unet, autoencoder: autoencoder, textEncoder: textEncoder,
          schedule: NoiseSchedule(schedule), prediction: schedule.prediction),
        tokenizer: tokenizer, card: files.card)
      guard
        model.tokens(of: "").allSatisfy({ $0 < textEncoder.configuration.vocabularySize })
      else {
        throw ReportableError(
          .badData,
          "the tokenizer has more entries than the text encoder's "
            + "\(textEncoder.configuration.vocabularySize)")
      }
      return model
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }
}

extension InstructModel {
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
