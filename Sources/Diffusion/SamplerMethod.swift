import Platform

/// A way from noise to a picture.
public enum SamplerMethod: Hashable, Sendable {
  /// Euler steps that remove more noise than needed and add some afresh; `eta` 1 adds most, 0 none.
  /// The reference's sampler.
  ///
  /// Source: crowsonkb/k-diffusion, `k_diffusion/sampling.py`, `sample_euler_ancestral`.
  /// Golden: `euler-ancestral.safetensors` (diffusers).
  case eulerAncestral(eta: Double = 1)
  /// Euler steps of the probability flow, without noise. Golden: `euler.safetensors` (diffusers).
  case euler
  /// DDIM without noise on whole timesteps counted back from the last: the choice for few steps.
  /// Golden: `ddim.safetensors` (diffusers).
  case ddim
  /// Second-order multistep solver DPM-Solver++(2M) without noise (Lu et al., 2022).
  /// Golden: `dpm-2m.safetensors` (diffusers).
  case dpm2M

  /// The name on the command line and in logs.
  public var name: String {
    switch self {
    case .eulerAncestral: "euler-ancestral"
    case .euler: "euler"
    case .ddim: "ddim"
    case .dpm2M: "dpm-2m"
    }
  }

  /// All methods with their usual parameters.
  public static let all: [SamplerMethod] = [.eulerAncestral(), .euler, .ddim, .dpm2M]

  /// The method of that name.
  ///
  /// - Throws: ``ReportableError`` (`usage`) listing the names.
  public init(name: String) throws {
    guard let method = Self.all.first(where: { $0.name == name }) else {
      throw ReportableError(
        .usage,
        "unknown sampler \"\(name)\"; choose one of "
          + Self.all.map(\.name).joined(separator: ", "))
    }
    self = method
  }
}

/// The noise levels that a run visits.
public struct SamplerPlan: Hashable, Sendable {
  public let method: SamplerMethod
  /// The timestep of each step.
  public let timesteps: [Double]
  /// The noise level of each step, then 0.
  public let sigmas: [Double]
  /// What standard normal noise is multiplied by to start.
  public let initialScale: Double

  public var stepCount: Int { timesteps.count }

  /// - Parameter stepCount: evaluations of the network, 1 ... the schedule's timesteps.
  /// - Throws: ``ReportableError`` (`usage`) for another step count.
  public init(_ method: SamplerMethod, stepCount: Int, schedule: NoiseSchedule) throws {
    guard 1...schedule.stepCount ~= stepCount else {
      throw ReportableError(
        .usage, "\(stepCount) steps; choose 1...\(schedule.stepCount)")
    }
    self.method = method
    switch method {
    case .eulerAncestral, .euler, .dpm2M:
      timesteps = Self.uniformTimesteps(stepCount, schedule: schedule)
    case .ddim:
      timesteps = Self.trailingTimesteps(stepCount, schedule: schedule)
    }
    let sigmas = timesteps.map(schedule.sigma(at:))
    self.sigmas = sigmas + [0]
    switch method {
    case .eulerAncestral, .euler, .dpm2M: initialScale = sigmas[0]
    // The process itself starts from pure noise, z = e, which is x = e / signal.
    case .ddim: initialScale = (sigmas[0] * sigmas[0] + 1).squareRoot()
    }
  }

  /// From the last timestep to 0, both included, evenly; not rounded.
  static func uniformTimesteps(_ count: Int, schedule: NoiseSchedule) -> [Double] {
    let last = schedule.lastTimestep
    guard count > 1 else { return [last] }
    // The product comes first so that whole timesteps come out whole.
    return (0..<count).map { last * Double(count - 1 - $0) / Double(count - 1) }
  }

  /// The last timestep and every `timestepCount / count`-th before it, rounded to whole ones.
  static func trailingTimesteps(_ count: Int, schedule: NoiseSchedule) -> [Double] {
    let total = Double(schedule.stepCount)
    return (0..<count).map {
      (total * Double(count - $0) / Double(count)).rounded(.toNearestOrEven) - 1
    }
  }
}
