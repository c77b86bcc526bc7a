import Datasets
import Diffusion
import Foundation
import Layers
import Models
import TensorCore

/// A folder that is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "/evaluation-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// A small model that knows nothing, with all weights at random: none is zero, so that every part
/// has its say in the answers.
enum TinyModel {
  static func write(to folder: String) throws {
    let tokens = folder + "/tokens"
    try FileManager.default.createDirectory(atPath: tokens, withIntermediateDirectories: true)
    try BPETrainer(mergeCount: 20, bytes: BPETrainer.lowercaseASCII)
      .train(on: ["mark the red cube", "how far is everything in the picture"])
      .write(vocabularyPath: tokens + "/vocab.json", mergesPath: tokens + "/merges.txt")
    let autoencoder = AutoencoderConfiguration(
      latentChannels: 4, widths: [8, 16, 16, 16], layerCount: 1, groupCount: 4)
    let unet = UNetConfiguration(
      inputChannels: 8, outputChannels: 4,
      levels: [
        .init(width: 32, layerCount: 1, headCount: 2, attends: true),
        .init(width: 48, layerCount: 1, headCount: 3, attends: true),
      ], contextWidth: 32, groupCount: 8)
    let text = TextEncoderConfiguration(
      vocabularySize: 600, width: 32, layerCount: 1, headCount: 2, positionCount: 32)
    var stream = RandomStream(seed: 77)
    try ModelFolderWriter(precision: .float32).write(
      to: folder + "/model",
      unet: UNet(unet, weights: .random(seed: 1), purpose: .training),
      autoencoder: Autoencoder(autoencoder, weights: .random(seed: 2), purpose: .training),
      autoencoderConfiguration: autoencoder,
      textEncoder: TextEncoder(text, weights: .random(seed: 3), purpose: .training),
      tokenizerFolder: tokens, schedule: ScheduleConfiguration(prediction: .v),
      card: ModelCard(
        name: "tiny", resolution: 64, sampler: "euler-ancestral", steps: 2, textGuidance: 3,
        imageGuidance: 1.5, squashesPictures: true, outlineWidth: 2)
    ) { parameter in
      let noise = Tensor(shape: parameter.value.shape) { stream.fillNormal($0) }
      return parameter.value + noise * 0.05
    }
  }

  /// A folder with the model and six rendered scenes of `size` pixels.
  static func withData<Result>(
    size: Int = 64, _ body: (_ model: InstructModel, _ source: CocoSource) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      try write(to: folder)
      try SceneWorldWriter.write(
        count: SceneCounts(train: 0, val: 6, valUnseen: 0), seed: 9, size: size,
        to: folder + "/world")
      return try body(
        InstructModel.load(path: folder + "/model"),
        CocoSource(sceneWorld: folder + "/world", split: .val))
    }
  }
}
