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
  ///   - tokenizerFolder: where `vocab.json` and `merges.txt` are copied from.
  ///   - values: what to store for a parameter, its moving average for instance.
  public func write(
    to folder: String, unet: UNet, autoencoder: Autoencoder,
    autoencoderConfiguration: AutoencoderConfiguration, textEncoder: TextEncoder,
    tokenizerFolder: String, schedule: ScheduleConfiguration, card: ModelCard,
    values: (Parameter) -> Tensor
  ) throws {
    let temporary = folder + ".partial"
    let files = FileManager.default
    try? files.removeItem(atPath: temporary)
    do {
      for part in ["unet", "vae", "text_encoder", "tokenizer", "scheduler"] {
        try files.createDirectory(
          atPath: "\(temporary)/\(part)", withIntermediateDirectories: true)
      }
    } catch {
      throw ReportableError(
        .inputOutput, "can't be created; check the folder and free space", path: folder,
        cause: error)
    }
    do {
      try write(
        unet.parameters, to: "\(temporary)/unet/diffusion_pytorch_model.safetensors", values)
      try AtomicFile.write(unet.configuration.json(), to: "\(temporary)/unet/config.json")
      try write(
        autoencoder.parameters, to: "\(temporary)/vae/diffusion_pytorch_model.safetensors", values)
      try AtomicFile.write(autoencoderConfiguration.json(), to: "\(temporary)/vae/config.json")
      try write(
        textEncoder.parameters, to: "\(temporary)/text_encoder/model.safetensors", values)
      try AtomicFile.write(
        textEncoder.configuration.json(), to: "\(temporary)/text_encoder/config.json")
      for name in ["vocab.json", "merges.txt"] {
        try AtomicFile.write(
          InputFile.bytes(at: "\(tokenizerFolder)/\(name)", maximumByteCount: 64 << 20),
          to: "\(temporary)/tokenizer/\(name)")
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write(
        schedule.json(), to: "\(temporary)/scheduler/scheduler_config.json")
      try AtomicFile.write(encoder.encode(card), to: "\(temporary)/\(ModelCard.fileName)")
      try AtomicFile.write(encoder.encode(Self.index), to: "\(temporary)/model_index.json")
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    let previous = folder + ".previous"
    try? files.removeItem(atPath: previous)
    if files.fileExists(atPath: folder) { rename(folder, previous) }
    guard rename(temporary, folder) == 0 else {
      throw ReportableError(.inputOutput, "can't be put in place", path: folder)
    }
    try? files.removeItem(atPath: previous)
  }

  private static let index: [String: [String]] = [
    "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "EulerAncestralDiscreteScheduler"],
  ]

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
