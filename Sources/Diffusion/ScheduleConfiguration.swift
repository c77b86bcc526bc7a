import Models
import Platform

/// How noise is added: the `scheduler_config.json` of a diffusers folder, as far as it is not about
/// the sampler, which the caller chooses; see ``StatedSampler`` for that.
public struct ScheduleConfiguration: ModelConfiguration {
  public static let className = "scheduler"

  /// How the noise variances run from the first to the last timestep.
  public enum BetaSchedule: String, Codable, Sendable {
    case linear
    /// Linear in the square root: Stable Diffusion's own.
    case scaledLinear = "scaled_linear"
    /// By a squared cosine of the time (Nichol and Dhariwal, 2021).
    case squaredCosine = "squaredcos_cap_v2"
  }

  public var timestepCount: Int
  public var firstBeta: Double
  public var lastBeta: Double
  public var betaSchedule: BetaSchedule
  public var prediction: Prediction
  /// Whether the table is stretched so that nothing of the picture is left at the last timestep.
  ///
  /// Without it a trace is: large even areas can still be read out of the noise in training, but
  /// not out of the pure noise that a sampler starts from.
  ///
  /// Source: Lin et al., 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed",
  /// algorithm 1.
  public var endsInPureNoise: Bool
  /// The first timestep that ``SamplerSpacing/leading`` counts from.
  public var stepsOffset: Int
  /// Whether the last step of DDIM goes to the level of timestep 0 and not to the clean latent, as in
  /// the training of Stable Diffusion.
  public var endsAtFirstLevel: Bool

  public init(
    timestepCount: Int = 1000, firstBeta: Double = 0.00085, lastBeta: Double = 0.012,
    betaSchedule: BetaSchedule = .scaledLinear, prediction: Prediction = .epsilon,
    endsInPureNoise: Bool = false, stepsOffset: Int = 1, endsAtFirstLevel: Bool = false
  ) {
    self.timestepCount = timestepCount
    self.firstBeta = firstBeta
    self.lastBeta = lastBeta
    self.betaSchedule = betaSchedule
    self.prediction = prediction
    self.endsInPureNoise = endsInPureNoise
    self.stepsOffset = stepsOffset
    self.endsAtFirstLevel = endsAtFirstLevel
  }

  /// Stable Diffusion 1.x, InstructPix2Pix and InstructCV.
  public static let stableDiffusion = ScheduleConfiguration()

  public func validate() throws {
    try Self.check(
      2...100_000 ~= timestepCount, "num_train_timesteps is \(timestepCount), not 2...100000")
    try Self.check(
      firstBeta > 0 && firstBeta <= lastBeta && lastBeta < 1,
      "beta_start \(firstBeta) and beta_end \(lastBeta) are not 0 < start <= end < 1")
    try Self.check(
      0..<timestepCount ~= stepsOffset,
      "steps_offset is \(stepsOffset), not 0..<\(timestepCount)")
    try Self.check(
      !(endsInPureNoise && prediction == .epsilon),
      "rescale_betas_zero_snr can't go with the prediction of noise, which says nothing about the "
        + "picture where there is only noise")
    // Betas can be so small or so many that rounding leaves nothing of a step or of the picture.
    try Self.check(
      NoiseSchedule(checked: self).isUsable,
      "\(timestepCount) steps from beta_start \(firstBeta) to beta_end \(lastBeta) give noise that "
        + "does not rise from step to step or rises without limit")
  }

  private enum Key: String, CodingKey {
    case className = "_class_name"
    case timestepCount = "num_train_timesteps"
    case firstBeta = "beta_start"
    case lastBeta = "beta_end"
    case betaSchedule = "beta_schedule"
    case prediction = "prediction_type"
    case timestepSpacing = "timestep_spacing"
    case stepsOffset = "steps_offset"
    case trainedBetas = "trained_betas"
    case endsInPureNoise = "rescale_betas_zero_snr"
    case endsClean = "set_alpha_to_one"
    case usesFlow = "use_flow_sigmas"
    case shift = "snr_shift_scale"
  }

  /// Throws for schedulers whose process is another than that of betas.
  private static func refuseOtherProcesses(
    _ name: String?, in fields: KeyedDecodingContainer<Key>
  ) throws {
    if try fields.decodeIfPresent(Bool.self, forKey: .usesFlow) == true {
      throw unsupported("\"use_flow_sigmas\"")
    }
    guard let name else { return }
    let hasBetas =
      StatedSampler.isKnown(name)
      || [Key.firstBeta, .lastBeta, .betaSchedule].contains { fields.contains($0) }
    guard hasBetas, !name.hasPrefix("FlowMatch"), !fields.contains(.shift) else {
      throw ReportableError(
        .badData,
        "describes a \(quoted(name)), whose process is not one of betas; take a model of Stable "
          + "Diffusion 1's kind")
    }
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    let name = try fields.decodeIfPresent(String.self, forKey: .className)
    try Self.refuseOtherProcesses(name, in: fields)
    if try fields.contains(.trainedBetas) && !fields.decodeNil(forKey: .trainedBetas) {
      throw Self.unsupported("\"trained_betas\"")
    }
    func value<T: RawRepresentable>(_ key: Key, _ standard: T) throws -> T
    where T.RawValue == String {
      guard let name = try fields.decodeIfPresent(String.self, forKey: key) else {
        return standard
      }
      guard let value = T(rawValue: name) else {
        throw Self.unsupported("\"\(key.rawValue)\" = \(quoted(name))")
      }
      return value
    }
    // Absent fields mean the reference schedulers' defaults, which are not Stable Diffusion's.
    let isHeun = name == "HeunDiscreteScheduler"
    self.init(
      timestepCount: try fields.decodeIfPresent(Int.self, forKey: .timestepCount) ?? 1000,
      firstBeta: try fields.decodeIfPresent(Double.self, forKey: .firstBeta)
        ?? (isHeun ? 0.00085 : 0.0001),
      lastBeta: try fields.decodeIfPresent(Double.self, forKey: .lastBeta)
        ?? (isHeun ? 0.012 : 0.02),
      betaSchedule: try value(.betaSchedule, .linear),
      prediction: try value(.prediction, .epsilon),
      endsInPureNoise: try fields.decodeIfPresent(Bool.self, forKey: .endsInPureNoise) ?? false,
      stepsOffset: try fields.decodeIfPresent(Int.self, forKey: .stepsOffset) ?? 0,
      endsAtFirstLevel: try fields.decodeIfPresent(Bool.self, forKey: .endsClean) == false)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(StatedSampler.usualClass, forKey: .className)
    try fields.encode(timestepCount, forKey: .timestepCount)
    try fields.encode(firstBeta, forKey: .firstBeta)
    try fields.encode(lastBeta, forKey: .lastBeta)
    try fields.encode(betaSchedule, forKey: .betaSchedule)
    try fields.encode(prediction, forKey: .prediction)
    try fields.encode(endsInPureNoise, forKey: .endsInPureNoise)
    try fields.encode("linspace", forKey: .timestepSpacing)
    try fields.encode(stepsOffset, forKey: .stepsOffset)
    if endsAtFirstLevel { try fields.encode(false, forKey: .endsClean) }
  }
}
