import Platform

/// A way from noise to a picture.
///
/// Golden of each: `sampler-<name>.safetensors`, trajectories of diffusers' schedulers in double
/// precision.
public enum SamplerMethod: Hashable, Sendable {
  /// Euler steps that remove more noise than needed and add some afresh; `eta` 1 adds most, 0 none.
  /// The reference's sampler.
  ///
  /// Source: crowsonkb/k-diffusion, `k_diffusion/sampling.py`, `sample_euler_ancestral`.
  case eulerAncestral(eta: Double = 1)
  /// Euler steps of the probability flow, without noise.
  case euler
  /// Heun's steps of the probability flow: Euler steps corrected by the slope where they end. Two
  /// evaluations of the network a step, one in the last (Karras et al., 2022, algorithm 1).
  ///
  /// The slope at the end of a long step to a low level is mostly error: for few steps choose
  /// another method or ``SamplerSpacing/karras``.
  case heun
  /// DDIM: straight steps from pure noise; trailing, the choice for few steps. `eta` 0 adds no
  /// noise, 1 as much as the process itself (Song et al., 2021).
  ///
  /// Deviates: steps go from one timestep of the run to the next and at last to the clean latent;
  /// diffusers' go down by a fixed number of timesteps, which is the same where the step count
  /// divides the schedule's. Where ``ScheduleConfiguration/endsAtFirstLevel`` says so, the last step
  /// goes to timestep 0 instead, and the latent there is the result, with the noise that is left.
  case ddim(eta: Double = 0)
  /// Second-order multistep solver DPM-Solver++(2M) without noise (Lu et al., 2022).
  case dpm2M
  /// DPM-Solver++(2M) of the stochastic equation: adds noise in every step but the last.
  case dpm2MSDE
  /// UniPC of second order with `B(h) = exp(h) - 1`: DPM-Solver++(2M), each step corrected with the
  /// next estimate, at no further evaluation (Zhao et al., 2023).
  case unipc
  /// Linear multistep solver of fourth order: integrates the polynomial through the last slopes.
  ///
  /// Source: crowsonkb/k-diffusion, `k_diffusion/sampling.py`, `sample_lms`.
  case lms

  /// The name on the command line and in logs.
  public var name: String {
    switch self {
    case .eulerAncestral: "euler-ancestral"
    case .euler: "euler"
    case .heun: "heun"
    case .ddim: "ddim"
    case .dpm2M: "dpm-2m"
    case .dpm2MSDE: "dpm-2m-sde"
    case .unipc: "unipc"
    case .lms: "lms"
    }
  }

  /// All methods with their usual parameters.
  public static let all: [SamplerMethod] = [
    .eulerAncestral(), .euler, .heun, .ddim(), .dpm2M, .dpm2MSDE, .unipc, .lms,
  ]

  /// The method of that name.
  ///
  /// - Throws: ``ReportableError`` (`usage`) listing the names.
  public init(name: String) throws {
    guard let method = Self.all.first(where: { $0.name == name }) else {
      throw ReportableError(
        .usage,
        "unknown sampler \(quoted(name)); choose one of "
          + Self.all.map(\.name).joined(separator: ", "))
    }
    self = method
  }

  /// The spacing that is used when none is asked for.
  public var usualSpacing: SamplerSpacing {
    switch self {
    case .eulerAncestral, .euler, .heun, .dpm2M, .dpm2MSDE, .lms: .uniform
    case .ddim, .unipc: .trailing
    }
  }

  /// Evaluations of the network in a run of `stepCount` steps.
  public func evaluationCount(stepCount: Int) -> Int {
    switch self {
    case .heun: max(0, 2 * stepCount - 1)
    case .eulerAncestral, .euler, .ddim, .dpm2M, .dpm2MSDE, .unipc, .lms: stepCount
    }
  }
}
