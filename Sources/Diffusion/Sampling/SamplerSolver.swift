import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// How a method gets from one noise level to the next. It keeps what it needs of earlier steps.
///
/// Every solver writes a step as an Euler step, `x * kept + estimate * (1 - kept)`, and additions
/// of the order of the estimates' differences: nothing large is subtracted from something large,
/// so levels in the thousands and the last step to 0 stay exact in single precision.
protocol SamplerSolver {
  /// Goes from level `index` of the plan to the next; called once for each level, in order.
  ///
  /// - Parameters:
  ///   - x: the latent, `z_0 + sigma * e`.
  ///   - estimate: the network's estimate of `z_0` for it.
  /// - Returns: the latent at the next level.
  mutating func step(
    _ x: Tensor, estimate: Tensor, at index: Int, in run: inout SamplerRun
  ) -> Tensor
}

/// What a solver works with.
struct SamplerRun {
  let plan: SamplerPlan
  let denoiser: Sampler.Denoiser
  var noise: any NoiseSource

  /// The network's estimate of `z_0` for `x` at level `index`.
  func estimate(_ x: Tensor, at index: Int) -> Tensor {
    denoiser(x, plan.sigmas[index], plan.timesteps[index])
  }

  /// The fraction of the noise that a step from level `index` to the next keeps; 0 in the last.
  func keptFraction(at index: Int) -> Double { plan.sigmas[index + 1] / plan.sigmas[index] }

  /// How far the logarithm of the noise level falls in the step from level `index` to the next.
  func logarithmicLength(at index: Int) -> Double {
    log(plan.sigmas[index]) - log(plan.sigmas[index + 1])
  }

  /// Along the straight line through `x` and the estimate, to `kept` of the noise.
  static func straightStep(_ x: Tensor, _ estimate: Tensor, kept: Double) -> Tensor {
    guard kept > 0 else { return estimate }
    return x * Float(kept) + estimate * Float(1 - kept)
  }

  /// The estimate in the middle of the step from level `index`, on the line through this one and
  /// the one before it, in the logarithm of the noise level.
  func extrapolated(_ estimate: Tensor, _ lastEstimate: Tensor, at index: Int) -> Tensor {
    let slope = logarithmicLength(at: index) / (2 * logarithmicLength(at: index - 1))
    return estimate * Float(1 + slope) - lastEstimate * Float(slope)
  }
}

extension SamplerMethod {
  /// A solver at the start of a run.
  func solver() -> any SamplerSolver {
    switch self {
    case .eulerAncestral(let eta), .ddim(let eta): EulerSolver(eta: eta)
    case .euler: EulerSolver(eta: 0)
    case .heun: HeunSolver()
    case .dpm2M: DPMSolver(addsNoise: false)
    case .dpm2MSDE: DPMSolver(addsNoise: true)
    case .unipc: UniPCSolver()
    case .lms: LMSSolver()
    }
  }
}
