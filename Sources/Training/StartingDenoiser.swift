import Diffusion
import Layers
import Models
import Platform

/// The text encoder and UNet that a run starts from: random ones of the configured sizes, or those
/// of another model.
struct StartingDenoiser {
  let unet: UNet
  let textEncoder: TextEncoder

  /// Tokens of an instruction.
  var length: Int { textEncoder.configuration.positionCount }

  init(_ configuration: TrainingConfiguration) throws {
    let sizes = configuration.model
    let initial = configuration.denoiser.initialModel
    let purpose = WeightPurpose.training(products: configuration.denoiser.products)
    guard !initial.isEmpty else {
      unet = try UNet(
        sizes.unetConfiguration, weights: .random(seed: configuration.seed), purpose: purpose)
      textEncoder = try TextEncoder(
        sizes.textEncoderConfiguration, weights: .random(seed: configuration.seed),
        purpose: purpose)
      return
    }
    let model = try InstructModel.load(path: initial, purpose: purpose)
    guard let encoder = model.pipeline.texts.encoder else {
      throw ReportableError(.internalFailure, "the text encoder was let go", path: initial)
    }
    (unet, textEncoder) = (model.pipeline.unet, encoder)
    let latentChannels = model.pipeline.autoencoder.configuration.latentChannels
    guard latentChannels == sizes.latentChannels else {
      throw ReportableError(
        .badData,
        "has \(latentChannels) latent channels, model.latent_channels says "
          + "\(sizes.latentChannels)", path: initial)
    }
    let multiple = sizes.latentFactor * unet.configuration.sizeMultiple
    guard sizes.pictureSize % multiple == 0 else {
      throw ReportableError(
        .badData,
        "needs pictures of a multiple of \(multiple) pixels, model.picture_size is "
          + "\(sizes.pictureSize)", path: initial)
    }
  }
}
