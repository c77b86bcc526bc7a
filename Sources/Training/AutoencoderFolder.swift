import Diffusion
import Models
import Platform
import Serialization

/// A trained autoencoder and how its latents are scaled.
package struct TrainedAutoencoder {
  package let model: Autoencoder
  package let configuration: AutoencoderConfiguration
  /// Tells its weights from others.
  package let fingerprint: String
}

/// A trained autoencoder by itself: `config.json` and weights, as in a model folder's `vae`.
package enum AutoencoderFolder {
  private static let weights = "diffusion_pytorch_model.safetensors"

  package static func write(
    _ model: Autoencoder, configuration: AutoencoderConfiguration, to folder: String
  ) throws {
    try OutputFolder.make(folder)
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    for entry in model.parameters.entries {
      writer.add(
        entry.name, shape: entry.storedShape, floats: entry.storedFloats(entry.parameter.value))
    }
    try writer.write(to: "\(folder)/\(weights)")
    // The configuration comes last: its presence says that the folder is whole.
    try AtomicFile.write(configuration.json(), to: "\(folder)/config.json")
  }

  /// Loads a folder of ``write(_:configuration:to:)``, or the autoencoder of a model of any layout.
  package static func load(
    _ path: String, expecting sizes: ModelSizes
  ) throws -> TrainedAutoencoder {
    let part = try ModelFiles.autoencoder(at: path)
    if let failure = part.fit.failure { throw failure.at(part.path) }
    let configuration = part.configuration
    guard configuration.latentChannels == sizes.latentChannels,
      configuration.reduction == sizes.latentFactor
    else {
      throw ReportableError(
        .badData,
        "has \(configuration.latentChannels) latent channels at 1/"
          + "\(configuration.reduction) of the size; the configuration says "
          + "\(sizes.latentChannels) at 1/\(sizes.latentFactor)", path: path)
    }
    guard configuration.inputChannels == 3, configuration.outputChannels == 3 else {
      throw ReportableError(.badData, "is not for pictures of three channels", path: path)
    }
    // Built for training so that a finished model can be saved with it; it is never changed.
    let model: Autoencoder
    do {
      model = try Autoencoder(
        configuration, weights: .stored(part.tensors), purpose: .training)
    } catch let error as ReportableError {
      throw error.at(part.path)
    }
    model.parameters.setTrainable(false)
    var hash = Fingerprint()
    for parameter in model.parameters.parameters { hash.combine(parameter.value) }
    hash.combine(configuration.scalingFactor.bitPattern)
    return TrainedAutoencoder(
      model: model, configuration: configuration, fingerprint: hash.text)
  }
}
