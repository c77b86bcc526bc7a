import Platform
import TensorCore

/// How often each timestep is trained.
public enum TimestepDistribution: String, Codable, Hashable, Sendable {
  /// All alike: the reference.
  case uniform
  /// Density proportional to the timestep: more of the noisy end, where the answer is decided.
  case increasing

  /// One whole timestep in `0 ..< count`.
  public func draw(count: Int, using stream: inout RandomStream) -> Int {
    switch self {
    case .uniform: return stream.integer(in: 0..<count)
    case .increasing:
      return min(Int(stream.uniform().squareRoot() * Double(count)), count - 1)
    }
  }
}

/// How much the error at each timestep counts.
public enum LossWeighting: Codable, Hashable, Sendable {
  /// All alike: the reference.
  case uniform
  /// Signal-to-noise ratios above `gamma` are counted as `gamma` (Hang et al., 2023).
  case minimumSignalToNoise(gamma: Double)

  /// Factors on each sample's squared error.
  public func weights(_ timesteps: [Double], schedule: NoiseSchedule) -> [Float] {
    switch self {
    case .uniform: return Array(repeating: 1, count: timesteps.count)
    case .minimumSignalToNoise(let gamma):
      return timesteps.map { timestep in
        let ratio = schedule.signalToNoise(at: timestep)
        switch schedule.configuration.prediction {
        case .epsilon: return Float(min(ratio, gamma) / ratio)
        case .velocity: return Float(min(ratio, gamma) / (ratio + 1))
        case .clean: return Float(min(ratio, gamma))
        }
      }
    }
  }
}

/// Shares of training samples whose conditions are taken away, so that guidance has something to
/// compare with.
public struct ConditioningDropout: Codable, Hashable, Sendable {
  public var textOnly: Double
  public var both: Double
  public var pictureOnly: Double

  public init(textOnly: Double, both: Double, pictureOnly: Double) {
    self.textOnly = textOnly
    self.both = both
    self.pictureOnly = pictureOnly
  }

  /// InstructPix2Pix and InstructCV.
  public static let instructPix2Pix = ConditioningDropout(
    textOnly: 0.05, both: 0.05, pictureOnly: 0.05)
  /// InstructDiffusion, which never drops both.
  public static let instructDiffusion = ConditioningDropout(
    textOnly: 0.075, both: 0, pictureOnly: 0.075)
  public static let none = ConditioningDropout(textOnly: 0, both: 0, pictureOnly: 0)

  /// - Throws: ``ReportableError`` (`badData`) unless the shares are probabilities that leave
  ///   something over.
  public func validate() throws {
    let shares = [textOnly, both, pictureOnly]
    guard shares.allSatisfy({ $0 >= 0 }), shares.reduce(0, +) <= 1 else {
      throw ReportableError(
        .badData, "conditioning dropout \(shares) must be shares that add up to at most 1")
    }
  }

  /// What one sample loses; one number is drawn.
  public func draw(using stream: inout RandomStream) -> (losesText: Bool, losesPicture: Bool) {
    let number = stream.uniform()
    return (
      losesText: number < textOnly + both,
      losesPicture: number >= textOnly && number < textOnly + both + pictureOnly
    )
  }
}
