import Foundation
import Layers
import Models
import Platform
import Serialization
import TensorCore

/// All parts of one instruction model, ready to answer or to be trained on.
public struct InstructModel: Sendable {
  public let unet: UNet
  public let autoencoder: Autoencoder
  public let textEncoder: TextEncoder
  public let tokenizer: CLIPTokenizer
  public let schedule: NoiseSchedule
  public let prediction: Prediction
  public let card: ModelCard

  public init(
    unet: UNet, autoencoder: Autoencoder, textEncoder: TextEncoder, tokenizer: CLIPTokenizer,
    schedule: NoiseSchedule, prediction: Prediction, card: ModelCard
  ) {
    self.unet = unet
    self.autoencoder = autoencoder
    self.textEncoder = textEncoder
    self.tokenizer = tokenizer
    self.schedule = schedule
    self.prediction = prediction
    self.card = card
  }

  /// Token ids of one instruction, as long as the text encoder's positions.
  public func tokens(of instruction: String) -> [Int32] {
    tokenizer.encode(instruction, length: textEncoder.configuration.positionCount)
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
    let (schedule, prediction) = try SchedulerFile.load(
      path: folder + "/scheduler/scheduler_config.json")
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
    let model = InstructModel(
      unet: unet, autoencoder: autoencoder, textEncoder: textEncoder, tokenizer: tokenizer,
      schedule: schedule, prediction: prediction, card: try ModelCard.load(folder: folder))
    try model.checkParts(path: folder)
    return model
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

  /// Parts that are fine by themselves must also fit together.
  private func checkParts(path: String) throws {
    let latent = autoencoder.configuration.latentChannels
    guard unet.configuration.inputChannels == 2 * latent,
      unet.configuration.outputChannels == latent
    else {
      throw ReportableError(
        .badData,
        "the UNet takes \(unet.configuration.inputChannels) channels, an instruction "
          + "model with \(latent) latent channels needs \(2 * latent)", path: path)
    }
    guard unet.configuration.contextWidth == textEncoder.configuration.width else {
      throw ReportableError(
        .badData,
        "the text encoder is \(textEncoder.configuration.width) wide, the UNet needs "
          + "\(unet.configuration.contextWidth)", path: path)
    }
    let longestToken = tokens(of: "").max() ?? 0
    guard longestToken < textEncoder.configuration.vocabularySize else {
      throw ReportableError(
        .badData,
        "the tokenizer has more entries than the text encoder's "
          + "\(textEncoder.configuration.vocabularySize)", path: path)
    }
  }
}
