import Platform
import TensorCore

/// What the network is trained to answer.
public enum Prediction: String, NamedChoice, Sendable {
  /// The noise `e`.
  case epsilon
  /// The velocity `signal * e - noise * z_0` (Salimans and Ho, 2022).
  case v = "v_prediction"
  /// The clean latent `z_0`.
  case clean = "sample"

  /// The clean latent that an answer of the network stands for.
  ///
  /// - Parameters:
  ///   - output: the network's answer for `x` times the mixture's `signal`.
  ///   - x: `z_0 + sigma * e`.
  package func cleanEstimate(_ output: Tensor, x: Tensor, sigma: Double) -> Tensor {
    let (signal, noise) = NoiseSchedule.mixture(sigma: sigma)
    switch self {
    case .epsilon: return x - output * Float(sigma)
    case .v: return x * Float(signal * signal) - output * Float(noise)
    case .clean: return output
    }
  }
}

extension NoiseSchedule {
  /// `z_t`, each sample at its own timestep.
  ///
  /// - Parameters:
  ///   - clean, noise: `[N, ...]`.
  ///   - timesteps: one per sample, in `0 ..< stepCount`.
  public func noised(_ clean: Tensor, noise: Tensor, timesteps: [Int]) -> Tensor {
    let mixtures = timesteps.map { mixture(at: $0) }
    return Tensor.mixed(
      clean, mixtures.map { Float($0.signal) }, noise, mixtures.map { Float($0.noise) })
  }

  /// What the network should answer for ``noised(_:noise:timesteps:)`` of the same
  /// arguments.
  public func target(
    _ prediction: Prediction, clean: Tensor, noise: Tensor, timesteps: [Int]
  ) -> Tensor {
    switch prediction {
    case .epsilon: return noise
    case .clean: return clean
    case .v:
      let mixtures = timesteps.map { mixture(at: $0) }
      return Tensor.mixed(
        clean, mixtures.map { Float(-$0.noise) }, noise, mixtures.map { Float($0.signal) })
    }
  }
}
