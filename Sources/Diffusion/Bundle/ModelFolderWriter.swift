import Foundation
import Layers
import Models
import Platform
import Serialization
import TensorCore

/// Writes a model as a folder in the layout of diffusers, whole or not at all.
public struct ModelFolderWriter {
  /// How weights are stored.
  public var precision: StoredElementType

  public init(precision: StoredElementType) { self.precision = precision }

  /// - Parameters:
  ///   - folder: replaced when it exists.
  ///   - tokenizerFolder: where the tokenizer's files are copied from.
  ///   - values: what to store for a parameter, its moving average for instance.
  public func write(
    to folder: String, unet: UNet, autoencoder: Autoencoder,
    autoencoderConfiguration: AutoencoderConfiguration, textEncoder: TextEncoder,
    tokenizerFolder: String, schedule: ScheduleConfiguration, card: ModelCard,
    values: (Parameter) -> Tensor
  ) throws {
    try AtomicFolder.write(to: folder) { folder in
      for part in ["unet", "vae", "text_encoder", "tokenizer", "scheduler"] {
        try OutputFolder.make("\(folder)/\(part)")
      }
      try write(unet.parameters, to: "\(folder)/unet/diffusion_pytorch_model.safetensors", values)
      try AtomicFile.write(unet.configuration.json(), to: "\(folder)/unet/config.json")
      try write(
        autoencoder.parameters, to: "\(folder)/vae/diffusion_pytorch_model.safetensors", values)
      try AtomicFile.write(autoencoderConfiguration.json(), to: "\(folder)/vae/config.json")
      try write(textEncoder.parameters, to: "\(folder)/text_encoder/model.safetensors", values)
      try AtomicFile.write(
        textEncoder.configuration.json(), to: "\(folder)/text_encoder/config.json")
      try TokenizerFiles.copy(
        from: tokenizerFolder, to: folder + "/tokenizer",
        positionCount: textEncoder.configuration.positionCount)
      try AtomicFile.write(schedule.json(), to: "\(folder)/scheduler/scheduler_config.json")
      try AtomicFile.write(card.json(), to: "\(folder)/\(ModelCard.fileName)")
      let takesPictures =
        unet.configuration.inputChannels > autoencoderConfiguration.latentChannels
      try AtomicFile.write(
        ModelIndex(takesPictures: takesPictures).json(), to: "\(folder)/\(ModelIndex.fileName)")
    }
  }

  private func write(
    _ parameters: ParameterList, to path: String, _ values: (Parameter) -> Tensor
  ) throws {
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for entry in parameters.entries {
      writer.add(
        entry.name, shape: entry.storedShape, type: precision,
        floats: entry.storedFloats(values(entry.parameter)))
    }
    try writer.write(to: path)
  }
}
