import Kernels
import Platform
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// The numbers of AdamW and of the exponential moving average.
public struct OptimizerConfiguration: Codable, Sendable, Equatable {
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
  /// Decoupled weight decay; matrices and convolutions only.
  public var weightDecay = 0.01
  /// Gradients are scaled down to this global norm; 0 leaves them.
  public var clipNorm = 1.0
  /// Largest decay of the moving average; early on it is `(1 + n) / (10 + n)`.
  public var emaDecay = 0.9995

  enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case warmupSteps = "warmup_steps"
    case cooldownShare = "cooldown_share"
    case finalRateShare = "final_rate_share"
    case beta1, beta2, epsilon
    case weightDecay = "weight_decay"
    case clipNorm = "clip_norm"
    case emaDecay = "ema_decay"
  }

  public init() {}

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

/// AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019) with a moving
/// average of the weights, over parameters in a fixed order.
public final class Optimizer {
  public let configuration: OptimizerConfiguration
  public let parameters: [Parameter]
  /// Updates made so far.
  public private(set) var updateCount = 0
  package private(set) var firstMoments: [Tensor]
  package private(set) var secondMoments: [Tensor]
  /// The moving average, in the order of `parameters`.
  public private(set) var averages: [Tensor]

  public init(_ parameters: [Parameter], configuration: OptimizerConfiguration) {
    self.configuration = configuration
    self.parameters = parameters
    firstMoments = parameters.map { .zeros($0.value.shape) }
    secondMoments = parameters.map { .zeros($0.value.shape) }
    averages = parameters.map { parameter in
      var copy = parameter.value
      copy.withMutableFloats { _ in }
      return copy
    }
  }

  /// Takes over a state that was saved.
  func restore(
    averages: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], updateCount: Int
  ) {
    self.averages = averages
    self.firstMoments = firstMoments
    self.secondMoments = secondMoments
    self.updateCount = updateCount
  }

  /// The norm of all gradients together, scaled by `gradientScale`.
  public func gradientNorm(scale: Float) -> Double {
    parameters.reduce(0.0) { $0 + ($1.gradient?.sumOfSquares() ?? 0) }.squareRoot() * Double(scale)
  }

  /// Applies the gathered gradients and clears them.
  ///
  /// - Parameters:
  ///   - learningRate: of this step.
  ///   - gradientScale: factor on the gradients, `1 / accumulation`.
  /// - Returns: the gradient norm before clipping. When it is not finite, nothing is changed.
  @discardableResult
  public func step(learningRate: Double, gradientScale: Float = 1) -> Double {
    let norm = OperationProfile.measure("gradient norm") { gradientNorm(scale: gradientScale) }
    defer { parameters.forEach { $0.gradient = nil } }
    guard norm.isFinite else { return norm }
    updateCount += 1
    OperationProfile.measure("adam") {
      update(norm: norm, learningRate: learningRate, gradientScale: gradientScale)
    }
    return norm
  }

  private func update(norm: Double, learningRate: Double, gradientScale: Float) {
    let clip =
      configuration.clipNorm > 0 && norm > configuration.clipNorm
      ? configuration.clipNorm / norm : 1
    let n = Double(updateCount)
    let decay = min(configuration.emaDecay, (1 + n) / (10 + n))
    for (index, parameter) in parameters.enumerated() {
      guard let gradient = parameter.gradient else { continue }
      let step = AdamStep(
        learningRate: Float(learningRate), beta1: Float(configuration.beta1),
        beta2: Float(configuration.beta2), epsilon: Float(configuration.epsilon),
        weightDecay: parameter.value.shape.rank >= 2 ? Float(configuration.weightDecay) : 0,
        firstCorrection: Float(1 - pow(configuration.beta1, n)),
        secondCorrection: Float(1 - pow(configuration.beta2, n)),
        gradientScale: gradientScale * Float(clip), averageDecay: Float(decay))
      parameter.value.withMutableFloats { weight in
        firstMoments[index].withMutableFloats { first in
          secondMoments[index].withMutableFloats { second in
            averages[index].withMutableFloats { average in
              guard let weight = weight.baseAddress, let first = first.baseAddress,
                let second = second.baseAddress, let average = average.baseAddress
              else { return }
              Parallel.forEachRange(gradient.count, grain: 4096) {
                kernels.adam(
                  $0, step: step, weight: weight, gradient: gradient.base, firstMoment: first,
                  secondMoment: second, average: average)
              }
            }
          }
        }
      }
    }
  }

  /// Runs `body` with the moving averages in the parameters' place.
  public func withAverages<R>(_ body: () throws -> R) rethrows -> R {
    let raw = parameters.map(\.value)
    for (parameter, average) in zip(parameters, averages) { parameter.value = average }
    defer { for (parameter, value) in zip(parameters, raw) { parameter.value = value } }
    return try body()
  }
}
