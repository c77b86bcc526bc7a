import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The rule that turns gradients into updates.
public enum OptimizerMethod: String, NamedChoice, Sendable {
  /// AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
  case adamW = "adamw"
  /// Muon (Jordan et al., 2024) for the matrices and convolutions inside the network, AdamW for its
  /// embeddings, first and last convolutions, biases and norms. Updates are scaled to the size of
  /// AdamW's (Liu et al., "Muon is scalable for LLM training", 2025), so that one learning rate
  /// serves both.
  case muon
}

/// The numbers of the update rule and of the exponential moving average.
public struct OptimizerConfiguration: Codable, Sendable, Equatable {
  public var method = OptimizerMethod.adamW
  /// The peak learning rate.
  public var learningRate = 1e-3
  /// Steps over which the rate rises linearly from zero.
  public var warmupSteps = 200
  /// Share of the run, at its end, over which the rate falls along a half cosine; 0 keeps it.
  public var cooldownShare = 0.3
  /// The rate at the very end, as a share of the peak.
  public var finalRateShare = 0.02
  public var beta1 = 0.9
  public var beta2 = 0.99
  public var epsilon = 1e-8
  /// Decay of Muon's momentum, which looks one step ahead (Nesterov).
  public var momentum = 0.95
  /// Decoupled weight decay; matrices and convolutions only.
  public var weightDecay = 0.01
  /// Gradients are scaled down to this global norm; 0 leaves them, and saves their memory with AdamW
  /// and an accumulation of 1: each is applied and freed as soon as the backward has found it.
  public var clipNorm = 1.0
  /// Largest decay of the moving average; early on it is `(1 + n) / (10 + n)`.
  public var emaDecay = 0.9995

  enum CodingKeys: String, CodingKey {
    case method
    case learningRate = "learning_rate"
    case warmupSteps = "warmup_steps"
    case cooldownShare = "cooldown_share"
    case finalRateShare = "final_rate_share"
    case beta1, beta2, epsilon, momentum
    case weightDecay = "weight_decay"
    case clipNorm = "clip_norm"
    case emaDecay = "ema_decay"
  }

  public init() {}

  /// Whether a step over so many backwards needs one parameter's gradient at a time: the whole of
  /// all gradients decides nothing where there is no clipping, no second backward and no Muon, which
  /// treats matrices of one size together.
  package func updatesAtOnce(accumulation: Int = 1) -> Bool {
    method == .adamW && clipNorm == 0 && accumulation == 1
  }

  /// The learning rate of step `step` (from 0) of `totalSteps`.
  public func rate(step: Int, totalSteps: Int) -> Double {
    let warmup = warmupSteps > 0 ? min(1, Double(step + 1) / Double(warmupSteps)) : 1
    let cooldownStart = Double(totalSteps) * (1 - cooldownShare)
    guard cooldownShare > 0, Double(step) > cooldownStart else { return learningRate * warmup }
    let progress = min(1, (Double(step) - cooldownStart) / (Double(totalSteps) * cooldownShare))
    let share = finalRateShare + (1 - finalRateShare) * 0.5 * (1 + cos(Double.pi * progress))
    return learningRate * warmup * share
  }

  /// Everything that makes no sense, in the words of the configuration file.
  func problems(at path: String) -> [String] {
    var problems: [String] = []
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check(
      learningRate > 0 && learningRate.isFinite, "\(path).learning_rate must be a positive number")
    check(warmupSteps >= 0, "\(path).warmup_steps can't be negative")
    check((0...1).contains(cooldownShare), "\(path).cooldown_share must be within 0 and 1")
    check((0...1).contains(finalRateShare), "\(path).final_rate_share must be within 0 and 1")
    check((0..<1).contains(beta1) && (0..<1).contains(beta2), "\(path).beta1/2 must be in [0, 1)")
    check((0..<1).contains(momentum), "\(path).momentum must be in [0, 1)")
    check(epsilon > 0 && epsilon.isFinite, "\(path).epsilon must be a positive number")
    check(
      weightDecay >= 0 && weightDecay.isFinite,
      "\(path).weight_decay can't be negative or endless")
    check(
      clipNorm >= 0 && clipNorm.isFinite, "\(path).clip_norm can't be negative (0 turns it off)")
    check((0...1).contains(emaDecay), "\(path).ema_decay must be within 0 and 1")
    return problems
  }
}
