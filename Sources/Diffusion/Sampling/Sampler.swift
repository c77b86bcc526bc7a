import TensorCore

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

  /// The latent as it stands.
  public private(set) var latent: Tensor
  private var run: SamplerRun
  private var solver: any SamplerSolver
  private var index = 0

  public var plan: SamplerPlan { run.plan }

  /// - Parameters:
  ///   - shape: of the latent, `[N, h, w, L]`.
  ///   - noise: drawn from at once for the first latent.
  public init(
    _ plan: SamplerPlan, shape: Shape, noise: any NoiseSource, denoiser: @escaping Denoiser
  ) {
    run = SamplerRun(plan: plan, denoiser: denoiser, noise: noise)
    solver = plan.method.solver()
    latent = run.noise.draw(shape) * Float(plan.initialScale)
  }

  public mutating func next() -> SamplerStep? {
    guard index < plan.stepCount else { return nil }
    let estimate = run.estimate(latent, at: index)
    latent = solver.step(latent, estimate: estimate, at: index, in: &run)
    if index == plan.stepCount - 1, plan.sigmas[index + 1] > 0 {
      latent = latent * Float(plan.finalScale)
    }
    defer { index += 1 }
    return SamplerStep(
      index: index, count: plan.stepCount, timestep: plan.timesteps[index],
      sigma: plan.sigmas[index], nextSigma: plan.sigmas[index + 1], latent: latent,
      estimate: estimate)
  }
}
