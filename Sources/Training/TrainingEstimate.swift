import Models
import TensorCore

/// What a run will need, before it is started.
public struct TrainingEstimate {
  /// Scalars in autoencoder, text encoder and UNet.
  public let parameterCounts: (autoencoder: Int, textEncoder: Int, unet: Int)
  /// Bytes of weights, gradients, both moments and the average of the larger stage.
  public let stateByteCount: Int

  public init(_ configuration: TrainingConfiguration) throws {
    let sizes = configuration.model
    let autoencoder = try Autoencoder(
      sizes.autoencoderConfiguration, weights: .random(seed: 0), purpose: .training)
    let textEncoder = try TextEncoder(
      sizes.textEncoderConfiguration, weights: .random(seed: 0), purpose: .training)
    let unet = try UNet(
      sizes.unetConfiguration, weights: .random(seed: 0), purpose: .training)
    parameterCounts = (
      autoencoder.parameters.scalarCount, textEncoder.parameters.scalarCount,
      unet.parameters.scalarCount
    )
    let trained = max(parameterCounts.autoencoder, parameterCounts.textEncoder + parameterCounts.unet)
    stateByteCount = 5 * 4 * trained
  }

  /// One line each.
  public var text: String {
    """
    # parameters: autoencoder \(parameterCounts.autoencoder), text encoder \
    \(parameterCounts.textEncoder), UNet \(parameterCounts.unet)
    # weights, gradients, moments and average of the larger stage: \(stateByteCount >> 20) MB, \
    activations come on top
    """
  }
}
