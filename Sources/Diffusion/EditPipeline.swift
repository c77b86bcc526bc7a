import Models
import Platform
import TensorCore

/// Instruction and picture in, picture out: InstructPix2Pix in any size.
///
/// Golden: `pipeline.safetensors` (diffusers' `StableDiffusionInstructPix2PixPipeline`).
public struct EditPipeline: Sendable {
  public let unet: UNet
  public let autoencoder: Autoencoder
  public let texts: TextStates
  public let schedule: NoiseSchedule
  public let prediction: Prediction

  /// - Throws: ``ReportableError`` (`badData`) when the models do not belong together.
  public init(
    unet: UNet, autoencoder: Autoencoder, texts: TextStates, schedule: NoiseSchedule,
    prediction: Prediction
  ) throws {
    let latent = autoencoder.configuration.latentChannels
    guard unet.configuration.inputChannels == 2 * latent else {
      throw ReportableError(
        .badData,
        "the UNet has \(unet.configuration.inputChannels) input channels where "
          + "\(2 * latent) are needed (\(latent) noisy ones and \(latent) of the picture); "
          + "a text-to-image model has to be widened and trained first")
    }
    guard unet.configuration.outputChannels == latent else {
      throw ReportableError(
        .badData,
        "the UNet answers with \(unet.configuration.outputChannels) channels, but the "
          + "autoencoder's latents have \(latent)")
    }
    guard unet.configuration.contextWidth == texts.configuration.width else {
      throw ReportableError(
        .badData,
        "the UNet reads texts of width \(unet.configuration.contextWidth), but the text encoder "
          + "writes \(texts.configuration.width)")
    }
    guard autoencoder.configuration.inputChannels == 3,
      autoencoder.configuration.outputChannels == 3
    else {
      throw ReportableError(.badData, "the autoencoder is not for pictures of three channels")
    }
    self.unet = unet
    self.autoencoder = autoencoder
    self.texts = texts
    self.schedule = schedule
    self.prediction = prediction
  }

  /// As above, for any text.
  public init(
    unet: UNet, autoencoder: Autoencoder, textEncoder: TextEncoder, schedule: NoiseSchedule,
    prediction: Prediction
  ) throws {
    try self.init(
      unet: unet, autoencoder: autoencoder, texts: TextStates(textEncoder), schedule: schedule,
      prediction: prediction)
  }

  /// Sides of pictures must be multiples of this; 64 for Stable Diffusion.
  public var sizeMultiple: Int {
    autoencoder.configuration.reduction * unet.configuration.sizeMultiple
  }

  /// What is wanted of a run.
  public struct Request: Sendable {
    /// `[N, H, W, 3]` in -1...1, sides multiples of ``EditPipeline/sizeMultiple``.
    public var pictures: Tensor
    /// The instructions' tokens, one row per picture, padded to one length.
    public var tokens: [[Int32]]
    /// The tokens of the empty instruction, of the same length.
    public var nullTokens: [Int32]
    public var guidance: Guidance
    public var plan: SamplerPlan

    public init(
      pictures: Tensor, tokens: [[Int32]], nullTokens: [Int32],
      guidance: Guidance = .instructPix2Pix(), plan: SamplerPlan
    ) {
      self.pictures = pictures
      self.tokens = tokens
      self.nullTokens = nullTokens
      self.guidance = guidance
      self.plan = plan
    }
  }

  /// Encodes texts and pictures and prepares the run; the network is evaluated step by step as the
  /// caller goes through the sequence.
  ///
  /// - Parameter noise: one random stream per picture.
  public func run(_ request: Request, noise: any NoiseSource) -> Sampler {
    let latent = autoencoder.conditioningLatent(of: request.pictures)
    let states = texts(request.tokens + [request.nullTokens])
    let count = request.tokens.count
    return run(
      pictureLatent: latent, text: states[leading: 0..<count],
      nullText: states[leading: count..<count + 1], guidance: request.guidance,
      plan: request.plan, noise: noise)
  }

  /// As above with texts and pictures encoded before, for instance when many instructions ask
  /// about one picture.
  ///
  /// - Parameters:
  ///   - pictureLatent: `[N, h, w, L]` from ``Models/Autoencoder/conditioningLatent(of:)``.
  ///   - text: `[N, S, C]`.
  ///   - nullText: `[1, S, C]`.
  public func run(
    pictureLatent: Tensor, text: Tensor, nullText: Tensor, guidance: Guidance, plan: SamplerPlan,
    noise: any NoiseSource
  ) -> Sampler {
    let denoiser = GuidedDenoiser(
      unet, prediction: prediction, guidance: guidance,
      pictureLatent: pictureLatent, text: text, nullText: nullText, timesteps: plan.timesteps)
    return Sampler(plan, shape: pictureLatent.shape, noise: noise) {
      denoiser($0, sigma: $1, timestep: $2)
    }
  }

  /// The picture of a step's latent or estimate, `[N, H, W, 3]` in -1...1.
  public func picture(of latent: Tensor) -> Tensor {
    autoencoder.picture(ofTargetLatent: latent)
  }
}
