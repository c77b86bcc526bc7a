import Models
import TensorCore

/// The two latents of InstructPix2Pix. They differ on purpose, in the sampling and in the scale.
extension Autoencoder {
  /// The latent that conditions the UNet: the mean of the posterior, **not** scaled.
  ///
  /// - Parameter picture: `[N, H, W, 3]` in -1...1.
  /// - Returns: `[N, h, w, L]`.
  public func conditioningLatent(of picture: Tensor) -> Tensor { encode(picture).mean }

  /// The latent that is learned and sampled: drawn from the posterior and scaled.
  ///
  /// - Parameters:
  ///   - picture: `[N, H, W, 3]` in -1...1.
  ///   - noise: `[N, h, w, L]`, standard normal.
  public func targetLatent(of picture: Tensor, noise: Tensor) -> Tensor {
    encode(picture).sample(noise: noise) * Float(configuration.scalingFactor)
  }

  /// The picture of a scaled latent, `[N, H, W, 3]`, cut off at -1 and 1.
  public func picture(ofTargetLatent latent: Tensor) -> Tensor {
    decode(latent * Float(1 / configuration.scalingFactor)).clamped(-1...1)
  }
}
