import Platform

/// The noise levels that a run visits.
public struct SamplerPlan: Hashable, Sendable {
  public let method: SamplerMethod
  public let spacing: SamplerSpacing
  /// The timestep of each step.
  public let timesteps: [Double]
  /// The noise level of each step, then that of the result: 0 but for DDIM on a schedule that ends at
  /// its first level.
  public let sigmas: [Double]
  /// What standard normal noise is multiplied by to start.
  public let initialScale: Double

  /// What the last latent is multiplied by: a result with noise in it is the process' own latent.
  var finalScale: Double { NoiseSchedule.mixture(sigma: sigmas[stepCount]).signal }

  public var stepCount: Int { timesteps.count }

  /// Evaluations of the network in the whole run.
  public var evaluationCount: Int { method.evaluationCount(stepCount: stepCount) }

  /// - Parameters:
  ///   - spacing: of the noise levels; the method's usual one when nil.
  ///   - stepCount: 1 ... the schedule's timesteps.
  /// - Throws: ``ReportableError`` (`usage`) for another step count.
  public init(
    _ method: SamplerMethod, spacing: SamplerSpacing? = nil, stepCount: Int,
    schedule: NoiseSchedule
  ) throws {
    guard 1...schedule.stepCount ~= stepCount else {
      throw ReportableError(
        .usage, "\(stepCount) steps; choose 1...\(schedule.stepCount)")
    }
    let spacing = spacing ?? method.usualSpacing
    self.method = method
    self.spacing = spacing
    let sigmas: [Double]
    switch spacing {
    case .uniform:
      timesteps = SamplerSpacing.uniformTimesteps(stepCount, schedule: schedule)
      sigmas = timesteps.map(schedule.sigma(at:))
    case .trailing:
      timesteps = SamplerSpacing.trailingTimesteps(stepCount, schedule: schedule)
      sigmas = timesteps.map(schedule.sigma(at:))
    case .leading:
      timesteps = SamplerSpacing.leadingTimesteps(
        stepCount, schedule: schedule, withoutFirst: method.isExponentialIntegrator)
      sigmas = timesteps.map(schedule.sigma(at:))
    case .linspace:
      timesteps = SamplerSpacing.linspaceTimesteps(
        stepCount, schedule: schedule, rounded: method.visitsWholeTimesteps,
        withoutFirst: method.isExponentialIntegrator)
      sigmas = timesteps.map(schedule.linearSigma(at:))
    case .karras:
      sigmas = SamplerSpacing.karrasSigmas(stepCount, schedule: schedule)
      timesteps = Self.timesteps(of: sigmas, method, schedule)
    case .exponential:
      sigmas = SamplerSpacing.exponentialSigmas(stepCount, schedule: schedule)
      timesteps = Self.timesteps(of: sigmas, method, schedule)
    }
    self.sigmas = sigmas + [method.lastSigma(of: schedule)]
    let highest = sigmas[0]
    initialScale =
      Self.startsAsPureNoise(method, spacing)
      ? (highest * highest + 1).squareRoot() : highest
  }

  /// What the network is told of levels between timesteps: whole ones for the methods for which
  /// diffusers does so.
  ///
  /// Deviates: diffusers cuts those of exponential spacing instead of rounding them, and those of
  /// its squared cosine schedule.
  private static func timesteps(
    of sigmas: [Double], _ method: SamplerMethod, _ schedule: NoiseSchedule
  ) -> [Double] {
    sigmas.map {
      let timestep = schedule.timestep(of: $0)
      return method.isExponentialIntegrator ? timestep.rounded(.toNearestOrEven) : timestep
    }
  }

  /// Whether the process' latent is pure noise at the start, `z = e`, which is `x = e / signal`,
  /// instead of `x = sigma * e`. The two differ where the schedule leaves something of the picture.
  private static func startsAsPureNoise(
    _ method: SamplerMethod, _ spacing: SamplerSpacing
  ) -> Bool {
    switch method {
    // diffusers' schedulers on noise levels, which treat a low first level like the process' end.
    case .eulerAncestral, .euler, .heun, .lms: spacing == .leading
    case .ddim, .unipc: true
    // With k-diffusion's spacing its start, otherwise diffusers'.
    case .dpm2M, .dpm2MSDE: spacing != .uniform
    }
  }
}

extension SamplerMethod {
  /// Whether the method solves the linear part of the equation exactly, by steps in the logarithm
  /// of the noise level. diffusers' schedulers of this kind share their own ways of spacing.
  fileprivate var isExponentialIntegrator: Bool {
    switch self {
    case .dpm2M, .dpm2MSDE, .unipc: true
    case .eulerAncestral, .euler, .heun, .ddim, .lms: false
    }
  }

  /// Whether diffusers' scheduler of the method knows no timesteps between whole ones.
  fileprivate var visitsWholeTimesteps: Bool {
    switch self {
    case .ddim, .dpm2M, .dpm2MSDE, .unipc: true
    case .eulerAncestral, .euler, .heun, .lms: false
    }
  }

  /// The noise level of the result.
  fileprivate func lastSigma(of schedule: NoiseSchedule) -> Double {
    guard case .ddim = self, schedule.configuration.endsAtFirstLevel else { return 0 }
    return schedule.sigmas[0]
  }
}
