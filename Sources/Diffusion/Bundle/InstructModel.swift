import Foundation
import Layers
import Models
import Platform
import Serialization
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

  /// Loads a model folder in the layout of diffusers.
  ///
  /// - Throws: ``ReportableError``: `missingInput` for an absent file, `badData` for one that does
  ///   not fit, naming it.
  public static func load(folder: String, purpose: WeightPurpose = .inference) throws
    -> InstructModel
  {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw ReportableError(.missingInput, "there is no such model", path: folder)
    }
    guard isFolder.boolValue else {
      throw ReportableError(
        .badData,
        "is a file; --model takes a folder with unet/, vae/, text_encoder/, tokenizer/ "
          + "and scheduler/", path: folder)
    }
    let schedule = try ScheduleConfiguration(path: folder + "/scheduler/scheduler_config.json")
    let textEncoder = try loading(folder + "/text_encoder", "model.safetensors") {
      try TextEncoder(
        TextEncoderConfiguration(path: $0), weights: .stored($1), purpose: purpose)
    }
    let autoencoder = try loading(folder + "/vae", "diffusion_pytorch_model.safetensors") {
      try Autoencoder(
        AutoencoderConfiguration(path: $0), weights: .stored($1), purpose: purpose)
    }
    let unet = try loading(folder + "/unet", "diffusion_pytorch_model.safetensors") {
      try UNet(UNetConfiguration(path: $0), weights: .stored($1), purpose: purpose)
    }
    let tokenizer = try CLIPTokenizer(
      vocabularyPath: folder + "/tokenizer/vocab.json",
      mergesPath: folder + "/tokenizer/merges.txt")
    do {
      let model = InstructModel(
        pipeline: try EditPipeline(
          unet: unet, autoencoder: autoencoder, textEncoder: textEncoder,
          schedule: NoiseSchedule(schedule), prediction: schedule.prediction),
        tokenizer: tokenizer, card: try ModelCard.load(folder: folder))
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
      throw error.at(folder)
    }
  }

  private static func loading<Part>(
    _ folder: String, _ file: String, _ build: (String, SafetensorsFile) throws -> Part
  ) throws -> Part {
    let path = folder + "/" + file
    let tensors = try SafetensorsFile(path: path)
    do {
      return try build(folder + "/config.json", tensors)
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
