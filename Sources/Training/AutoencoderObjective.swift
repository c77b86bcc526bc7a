import Models
import TensorCore

/// What the autoencoder is trained for: absolute and squared error of the pictures, and the
/// divergence of the latents from the unit normal.
package struct AutoencoderObjective {
  private let stage: TrainingConfiguration.AutoencoderStage

  package init(_ stage: TrainingConfiguration.AutoencoderStage) { self.stage = stage }

  /// Forward and backward of one batch.
  ///
  /// - Parameters:
  ///   - pictures: `[N, H, W, 3]` in -1...1.
  ///   - noise: `[N, h, w, L]`, standard normal.
  ///   - backward: is given the tape and the loss.
  /// - Returns: the loss, and its parts by name.
  package func differentiate(
    _ model: Autoencoder, pictures: Tensor, noise: Tensor,
    backward: (GradientTape, Tensor) -> Void
  ) -> (loss: Double, parts: [String: Double]) {
    GradientTape.record { tape in
      let posterior = model.encode(pictures)
      let painted = model.decode(posterior.sample(noise: noise))
      let absolute = Tensor.meanAbsoluteError(painted, pictures)
      let squared = Tensor.meanSquaredError(painted, pictures)
      // The posterior's divergence is a sum over a sample's elements; the weight is per element.
      let divergence = posterior.divergence() * (1 / Float(noise.count / noise.shape[0]))
      let total =
        absolute + squared * Float(stage.squaredErrorWeight)
        + divergence * Float(stage.divergenceWeight)
      let value = Double(total.floats[0])
      backward(tape, total)
      return (
        value,
        [
          "absolute_error": Double(absolute.floats[0]),
          "squared_error": Double(squared.floats[0]), "divergence": Double(divergence.floats[0]),
        ]
      )
    }
  }
}
