import Diffusion
import Foundation
import Models
import Platform

/// What a model's folder says about it in its configurations, without its weights.
public struct ModelOutline: Sendable {
  public let folder: String
  public let unet: UNetConfiguration
  public let autoencoder: AutoencoderConfiguration
  public let textEncoder: TextEncoderConfiguration
  public let schedule: ScheduleConfiguration
  public let card: ModelCard

  /// - Throws: ``ReportableError`` naming the folder or the file that is missing or wrong.
  public init(folder: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw ReportableError(.missingInput, "there is no such model", path: folder)
    }
    guard isFolder.boolValue else {
      throw ReportableError(
        .badData,
        "is a file; name a model's folder with unet/, vae/, text_encoder/, tokenizer/ and "
          + "scheduler/", path: folder)
    }
    let parts = ["unet", "vae", "text_encoder", "tokenizer", "scheduler"]
    let missing = parts.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    guard missing.isEmpty else {
      throw ReportableError(
        .missingInput,
        "is not a whole model: \(missing.map { $0 + "/" }.joined(separator: ", ")) missing; "
          + "name a folder in the layout of diffusers", path: folder)
    }
    self.folder = folder
    unet = try UNetConfiguration(path: folder + "/unet/config.json")
    autoencoder = try AutoencoderConfiguration(path: folder + "/vae/config.json")
    textEncoder = try TextEncoderConfiguration(path: folder + "/text_encoder/config.json")
    schedule = try ScheduleConfiguration(path: folder + "/scheduler/scheduler_config.json")
    card = try ModelCard.load(folder: folder)
    for validate in [
      unet.validate, autoencoder.validate, textEncoder.validate, schedule.validate,
    ] {
      do {
        try validate()
      } catch let error as ReportableError {
        throw error.at(folder)
      }
    }
  }

  /// Sides of pictures are multiples of this.
  public var sizeMultiple: Int { autoencoder.reduction * unet.sizeMultiple }

  /// Checks settings that this model can't work with.
  ///
  /// - Throws: ``ReportableError`` (`usage`).
  public func check(_ settings: AnswerSettings) throws {
    try settings.validate()
    guard settings.steps <= schedule.timestepCount else {
      throw ReportableError(
        .usage, "\(settings.steps) steps; this model has at most \(schedule.timestepCount)")
    }
    _ = try settings.pictureFraming(width: 1, height: 1, multiple: sizeMultiple)
  }
}
