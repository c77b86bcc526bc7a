import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Tables of a discrete noise schedule, in Double, and the passage between timesteps and noise
/// levels.
///
/// Two scales are in use. A latent of the diffusion process is `z_t = signal * z_0 + noise * e`
/// with `signal² + noise² = 1`. Samplers work on `x = z_t / signal = z_0 + sigma * e`, where
/// `sigma = noise / signal`.
public struct NoiseSchedule: Hashable, Sendable {
  public let configuration: ScheduleConfiguration
  /// `Π (1 - beta)` up to and including each timestep.
  public let cumulativeAlphas: [Double]
  /// `sqrt((1 - a) / a)` for each entry `a` of ``cumulativeAlphas``.
  public let sigmas: [Double]
  private let logSigmas: [Double]

  /// Stable Diffusion 1.x, InstructPix2Pix and InstructCV.
  public static let stableDiffusion = NoiseSchedule(checked: .stableDiffusion)

  /// - Throws: ``ReportableError`` (`badData`) for an impossible configuration.
  public init(_ configuration: ScheduleConfiguration) throws {
    try configuration.validate()
    self.init(checked: configuration)
  }

  /// - Precondition: the numbers of `configuration` are in their ranges.
  init(checked configuration: ScheduleConfiguration) {
    self.configuration = configuration
    var product = 1.0
    let alphas = Self.betas(configuration).map { beta in
      product *= 1 - beta
      return product
    }
    cumulativeAlphas = configuration.endsInPureNoise ? Self.endingInPureNoise(alphas) : alphas
    sigmas = cumulativeAlphas.map { ((1 - $0) / $0).squareRoot() }
    logSigmas = sigmas.map { log($0) }
  }

  /// Far above any model's last noise level, low enough for latents in single precision.
  private static let maximumSigma = 1e9

  /// Whether noise levels rise from above 0 to a limit, as all who use them rely on.
  var isUsable: Bool {
    guard let first = sigmas.first, let last = sigmas.last, first > 0, last < Self.maximumSigma
    else { return false }
    return zip(sigmas, sigmas.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// Timesteps of the process.
  public var stepCount: Int { cumulativeAlphas.count }

  /// The last timestep, the one of most noise.
  public var lastTimestep: Double { Double(stepCount - 1) }

  static func betas(_ configuration: ScheduleConfiguration) -> [Double] {
    let count = configuration.timestepCount
    func between(_ first: Double, _ last: Double, _ index: Int) -> Double {
      first + (last - first) * Double(index) / Double(count - 1)
    }
    return (0..<count).map { index in
      switch configuration.betaSchedule {
      case .linear:
        return between(configuration.firstBeta, configuration.lastBeta, index)
      case .scaledLinear:
        let root = between(
          configuration.firstBeta.squareRoot(), configuration.lastBeta.squareRoot(), index)
        return root * root
      case .squaredCosine:
        func remaining(_ step: Int) -> Double {
          let root = cos((Double(step) / Double(count) + 0.008) / 1.008 * Double.pi / 2)
          return root * root
        }
        return min(1 - remaining(index + 1) / remaining(index), 0.999)
      }
    }
  }

  /// Signal factors moved and stretched so that the first stays and the last is nothing.
  ///
  /// The last entry is 2^-24 in place of 0, as in diffusers: noise levels stay finite (up to 4096).
  /// - Deviates: it is less where the one before is, so that noise levels always rise.
  private static func endingInPureNoise(_ cumulativeAlphas: [Double]) -> [Double] {
    let signals = cumulativeAlphas.map { $0.squareRoot() }
    let (first, last) = (signals[0], signals[signals.count - 1])
    var rescaled = signals.map { signal in
      let stretched = (signal - last) * first / (first - last)
      return stretched * stretched
    }
    rescaled[rescaled.count - 1] = min(0x1p-24, rescaled[rescaled.count - 2] / 2)
    return rescaled
  }

  /// The noise level at `timestep`, whole or not: log-linear between table entries.
  ///
  /// Source: crowsonkb/k-diffusion, `k_diffusion/external.py`, `DiscreteSchedule.t_to_sigma`.
  public func sigma(at timestep: Double) -> Double {
    let (lower, upper, weight) = neighbours(of: timestep)
    return exp(logSigmas[lower] * (1 - weight) + logSigmas[upper] * weight)
  }

  /// The noise level at `timestep`, whole or not: linear between table entries, as diffusers has it.
  func linearSigma(at timestep: Double) -> Double {
    let (lower, upper, weight) = neighbours(of: timestep)
    return sigmas[lower] * (1 - weight) + sigmas[upper] * weight
  }

  /// The timestep of noise level `sigma`: the inverse of ``sigma(at:)``, 0 and the last timestep
  /// beyond the table.
  ///
  /// Source: crowsonkb/k-diffusion, `k_diffusion/external.py`, `DiscreteSchedule.sigma_to_t`
  /// without quantisation.
  public func timestep(of sigma: Double) -> Double {
    guard sigma > 0 else { return 0 }
    let target = log(sigma)
    // The largest entry not above the target; the table rises.
    var low = 0
    var high = stepCount - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if logSigmas[middle] <= target { low = middle } else { high = middle }
    }
    let weight = (target - logSigmas[low]) / (logSigmas[low + 1] - logSigmas[low])
    return Double(low) + min(max(weight, 0), 1)
  }

  /// The factors of the clean latent and of the noise in `z_t`, at a timestep of the table.
  public func mixture(at timestep: Int) -> (signal: Double, noise: Double) {
    require(
      cumulativeAlphas.indices.contains(timestep), "timestep \(timestep) of \(stepCount)")
    let alpha = cumulativeAlphas[timestep]
    return (alpha.squareRoot(), (1 - alpha).squareRoot())
  }

  /// The factors of the clean latent and of the noise at noise level `sigma`.
  package static func mixture(sigma: Double) -> (signal: Double, noise: Double) {
    let signal = 1 / (sigma * sigma + 1).squareRoot()
    return (signal, sigma * signal)
  }

  private func neighbours(of timestep: Double) -> (lower: Int, upper: Int, weight: Double) {
    require(!timestep.isNaN, "a timestep can't be NaN")
    let inside = min(max(timestep, 0), lastTimestep)
    let lower = Int(inside)
    return (lower, min(lower + 1, stepCount - 1), inside - Double(lower))
  }
}
