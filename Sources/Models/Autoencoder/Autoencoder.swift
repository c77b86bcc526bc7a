import Layers
import Platform
import TensorCore

/// The picture autoencoder of Stable Diffusion 1.x in any size: diffusers' `AutoencoderKL`.
///
/// Maps of large pictures are computed in strips, with the same result up to rounding; see
/// ``MapMemory``.
///
/// Golden: `autoencoder.safetensors`, whole and in strips.
public struct Autoencoder: Sendable {
  /// A diagonal normal distribution over latents, `[N, h, w, L]` each.
  public struct Posterior: Sendable {
    public let mean: Tensor
    /// Within -30 ... 20.
    public let logVariance: Tensor

    /// `mean + exp(logVariance / 2) * noise`.
    public func sample(noise: Tensor) -> Tensor {
      mean + (logVariance * 0.5).exponential() * noise
    }

    /// The mean over the batch of each sample's divergence from a standard normal distribution,
    /// summed over its elements; `[1]`.
    public func divergence() -> Tensor {
      let terms =
        mean * mean + logVariance.exponential() - logVariance.affine(scale: 1, offset: 1)
      return terms.mean() * (0.5 * Float(mean.count / max(mean.shape[0], 1)))
    }
  }

  public let configuration: AutoencoderConfiguration
  public let parameters: ParameterList
  private let encoder: PictureEncoder
  private let decoder: PictureDecoder
  private let quantConvolution: Linear?
  private let postQuantConvolution: Linear?
  /// A tape needs whole maps.
  private let worksInStrips: Bool

  /// - Throws: ``ReportableError`` (`badData`) when the configuration is impossible or the weights
  ///   do not fit it.
  public init(
    _ configuration: AutoencoderConfiguration, weights: WeightOrigin, purpose: WeightPurpose
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    worksInStrips = !purpose.isTraining
    let loader = WeightLoader(weights, purpose: purpose)
    let root = loader.root
    let latent = configuration.latentChannels
    encoder = PictureEncoder(root.child("encoder"), configuration)
    decoder = PictureDecoder(root.child("decoder"), configuration)
    quantConvolution =
      configuration.hasQuantConvolution
      ? Linear(
        root.child("quant_conv"), inputs: 2 * latent, outputs: 2 * latent,
        isPointConvolution: true) : nil
    postQuantConvolution =
      configuration.hasPostQuantConvolution
      ? Linear(
        root.child("post_quant_conv"), inputs: latent, outputs: latent, isPointConvolution: true)
      : nil
    parameters = try loader.finish()
  }

  /// - Parameter picture: `[N, H, W, 3]` in -1...1; sides are multiples of
  ///   ``AutoencoderConfiguration/reduction``.
  /// - Returns: the distribution of the latent, not scaled.
  public func encode(_ picture: Tensor) -> Posterior { encode(picture, within: .standard) }

  package func encode(_ picture: Tensor, within memory: MapMemory) -> Posterior {
    let reduction = configuration.reduction
    require(
      picture.shape.rank == 4 && picture.shape[3] == configuration.inputChannels
        && picture.shape[1] % reduction == 0 && picture.shape[2] % reduction == 0,
      "the autoencoder needs [N, H, W, \(configuration.inputChannels)] with sides that are "
        + "multiples of \(reduction), not \(picture.shape)")
    var moments = apply(
      to: picture, pixelsPerPosition: 1, within: memory, whole: { encoder($0) },
      inStrips: { encoder.inStrips($0, within: memory) })  // [N, h, w, 2L]
    if let quantConvolution { moments = quantConvolution(moments) }
    let latent = configuration.latentChannels
    return Posterior(
      mean: moments.channels(0..<latent),
      logVariance: moments.channels(latent..<2 * latent).clamped(-30...20))
  }

  /// - Parameter latent: `[N, h, w, L]`, not scaled.
  /// - Returns: `[N, H, W, 3]`, about -1...1, not clamped.
  public func decode(_ latent: Tensor) -> Tensor { decode(latent, within: .standard) }

  package func decode(_ latent: Tensor, within memory: MapMemory) -> Tensor {
    require(
      latent.shape.rank == 4 && latent.shape[3] == configuration.latentChannels,
      "a latent is [N, h, w, \(configuration.latentChannels)], not \(latent.shape)")
    return apply(
      to: postQuantConvolution.map { $0(latent) } ?? latent,
      pixelsPerPosition: configuration.reduction * configuration.reduction, within: memory,
      whole: { decoder($0) }, inStrips: { decoder.inStrips($0, within: memory) })
  }

  /// All samples of `x [N, H, W, C]` at a time where there is room for their maps, else one after the
  /// other, and in strips where one is too large.
  private func apply(
    to x: Tensor, pixelsPerPosition: Int, within memory: MapMemory, whole: (Tensor) -> Tensor,
    inStrips: (Tensor) -> Tensor
  ) -> Tensor {
    let sampleCount = x.shape[0]
    let byteCount = configuration.wholeByteCount(
      pixelCount: x.shape[1] * x.shape[2] * pixelsPerPosition)
    guard worksInStrips, sampleCount > 0, byteCount > memory.wholeByteCount / sampleCount else {
      return whole(x)
    }
    let results = (0..<sampleCount).map { sample in
      let one = x[leading: sample..<sample + 1]
      return byteCount > memory.wholeByteCount ? inStrips(one) : whole(one)
    }
    guard sampleCount > 1 else { return results[0] }
    let stacked = Tensor.stacked(results)
    return stacked.reshaped(Shape([sampleCount] + stacked.shape.dims.dropFirst(2)))
  }
}
