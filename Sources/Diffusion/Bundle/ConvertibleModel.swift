import Foundation
import Layers
import Models
import Platform

/// A model that is whole and sound, ready to be written in another layout.
struct ConvertibleModel {
  let unet: OpenedPart<UNetConfiguration>
  let autoencoder: OpenedPart<AutoencoderConfiguration>
  let textEncoder: OpenedPart<TextEncoderConfiguration>
  let schedule: ScheduleConfiguration
  /// What ``schedule`` was read from; nil when the model came without.
  let scheduler: SchedulerFile?
  let tokenizerFolder: String
  /// Nil when the model came without one.
  let card: ModelCard?

  /// Looks at everything, the weights too.
  ///
  /// - Throws: ``ReportableError`` that tells everything wrong at once; `usage` when the UNet has
  ///   `inputChannels` or more.
  init(_ files: ModelFiles, inputChannels: Int?) throws {
    try files.requireWhole(isForEditing: false)
    guard let unet = files.unet, let autoencoder = files.autoencoder,
      let textEncoder = files.textEncoder, let schedule = files.schedule,
      let tokenizerFolder = files.tokenizerFolder
    else { throw ReportableError(.badData, "is not a whole model", path: files.path) }
    var errors = ErrorCollection()
    _ = errors.collect { try files.tokenizer() }
    errors.add(unet.unreadableWeights())
    errors.add(autoencoder.unreadableWeights())
    errors.add(textEncoder.unreadableWeights())
    if let error = errors.combined(at: files.path) { throw error }
    self.unet = try inputChannels.map { try unet.widened(to: $0) } ?? unet
    self.autoencoder = autoencoder
    self.textEncoder = textEncoder
    self.schedule = schedule
    scheduler = files.scheduler
    self.tokenizerFolder = tokenizerFolder
    card = files.hasOwnCard ? files.card : nil
  }

  /// What a checkpoint's header keeps of the configurations.
  func notes() throws -> [String: String] {
    func text(_ own: Data?, _ configuration: some ModelConfiguration) throws -> String {
      String(decoding: try own ?? configuration.json(), as: UTF8.self)
    }
    var notes = [
      "format": "pt",
      CheckpointNotes.unetKey: try text(unet.configurationText, unet.configuration),
      CheckpointNotes.autoencoderKey: try text(
        autoencoder.configurationText, autoencoder.configuration),
      CheckpointNotes.textEncoderKey: try text(
        textEncoder.configurationText, textEncoder.configuration),
      CheckpointNotes.scheduleKey: try text(scheduler?.text, schedule),
    ]
    if let card {
      notes[CheckpointNotes.cardKey] = String(decoding: try card.json(), as: UTF8.self)
    }
    return notes
  }
}

extension OpenedPart<UNetConfiguration> {
  /// The part with a configuration of so many input channels; its tensors stay as they are.
  fileprivate func widened(to inputChannels: Int) throws -> OpenedPart {
    guard configuration.inputChannels < inputChannels else {
      throw ReportableError(
        .usage,
        "the UNet has \(configuration.inputChannels) input channels already; there is nothing to "
          + "widen", path: path)
    }
    var result = self
    result.configuration.inputChannels = inputChannels
    result.configurationText = try configurationText.map {
      try StrictJSON.replacing("in_channels", with: inputChannels, in: $0)
    }
    return result
  }
}
