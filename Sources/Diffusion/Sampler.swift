import Platform
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// What one step of a run has done.
public struct SamplerStep: Sendable {
  /// 0 ... `count - 1`.
  public let index: Int
  /// Steps of the whole run.
  public let count: Int
  public let timestep: Double
  /// The noise level before and after the step.
  public let sigma: Double
  public let nextSigma: Double
  /// The latent after the step, `z_0 + nextSigma * e`; after the last one the result.
  public let latent: Tensor
  /// The network's present idea of the result: the preview.
  public let estimate: Tensor

  public var isLast: Bool { index == count - 1 }
}

/// A denoising run as a sequence of steps: the caller takes them one by one, and shows progress or
/// stops as it likes.
public struct Sampler: Sequence, IteratorProtocol {
  /// From `x = z_0 + sigma * e`, its noise level and its timestep to an estimate of `z_0`.
  public typealias Denoiser = (_ x: Tensor, _ sigma: Double, _ timestep: Double) -> Tensor

  public let plan: SamplerPlan
  /// The latent as it stands.
  public private(set) var latent: Tensor
  private let denoiser: Denoiser
  private var noise: any NoiseSource
  private var index = 0
  /// The estimate before, for methods of several steps.
  private var lastEstimate: Tensor?

  /// - Parameters:
  ///   - shape: of the latent, `[N, h, w, L]`.
  ///   - noise: drawn from at once for the first latent.
  public init(
    _ plan: SamplerPlan, shape: Shape, noise: any NoiseSource, denoiser: @escaping Denoiser
  ) {
    self.plan = plan
    self.noise = noise
    self.denoiser = denoiser
    latent = self.noise.draw(shape) * Float(plan.initialScale)
  }

  public mutating func next() -> SamplerStep? {
    guard index < plan.stepCount else { return nil }
    let sigma = plan.sigmas[index]
    let nextSigma = plan.sigmas[index + 1]
    let estimate = denoiser(latent, sigma, plan.timesteps[index])
    switch plan.method {
    case .eulerAncestral(let eta):
      let (up, down) = Self.ancestralSplit(sigma, nextSigma, eta: eta)
      latent = Self.eulerStep(latent, estimate, from: sigma, to: down)
      if up > 0 { latent = latent + noise.draw(latent.shape) * Float(up) }
    case .euler, .ddim:
      latent = Self.eulerStep(latent, estimate, from: sigma, to: nextSigma)
    case .dpm2M:
      latent = multistep(estimate, from: sigma, to: nextSigma)
    }
    lastEstimate = estimate
    defer { index += 1 }
    return SamplerStep(
      index: index, count: plan.stepCount, timestep: plan.timesteps[index], sigma: sigma,
      nextSigma: nextSigma, latent: latent, estimate: estimate)
  }

  /// How a step to `nextSigma` is split: noise to add afterwards, and the level to go down to.
  package static func ancestralSplit(
    _ sigma: Double, _ nextSigma: Double, eta: Double
  ) -> (up: Double, down: Double) {
    let (square, nextSquare) = (sigma * sigma, nextSigma * nextSigma)
    let up = Swift.min(nextSigma, eta * (nextSquare * (square - nextSquare) / square).squareRoot())
    return (up, (nextSquare - up * up).squareRoot())
  }

  /// Along the straight line through `x` and the estimate. At level 0 that is the estimate itself.
  private static func eulerStep(
    _ x: Tensor, _ estimate: Tensor, from sigma: Double, to nextSigma: Double
  ) -> Tensor {
    guard nextSigma > 0 else { return estimate }
    let kept = nextSigma / sigma
    return x * Float(kept) + estimate * Float(1 - kept)
  }

  private func multistep(_ estimate: Tensor, from sigma: Double, to nextSigma: Double) -> Tensor {
    guard nextSigma > 0 else { return estimate }
    let kept = nextSigma / sigma
    guard let lastEstimate else {
      return latent * Float(kept) + estimate * Float(1 - kept)
    }
    // Step lengths in the logarithm of the noise level.
    let length = log(sigma) - log(nextSigma)
    let lastLength = log(plan.sigmas[index - 1]) - log(sigma)
    let slope = length / (2 * lastLength)
    let extrapolated = estimate * Float(1 + slope) - lastEstimate * Float(slope)
    return latent * Float(kept) + extrapolated * Float(1 - kept)
  }
}
