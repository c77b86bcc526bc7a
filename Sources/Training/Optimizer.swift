import Kernels
import Platform
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// AdamW or Muon with a moving average of the weights, over parameters in a fixed order.
public final class Optimizer {
  public let configuration: OptimizerConfiguration
  public let parameters: [Parameter]
  /// Updates made so far.
  public private(set) var updateCount = 0
  package private(set) var firstMoments: [Tensor]
  package private(set) var secondMoments: [Tensor]
  /// The moving average, in the order of `parameters`.
  public private(set) var averages: [Tensor]
  private let isInnerMatrix: [Bool]

  public init(_ parameters: [Parameter], configuration: OptimizerConfiguration) {
    self.configuration = configuration
    self.parameters = parameters
    isInnerMatrix = parameters.map(\.isInnerMatrix)
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
    let clip =
      configuration.clipNorm > 0 && norm > configuration.clipNorm
      ? configuration.clipNorm / norm : 1
    let scale = gradientScale * Float(clip)
    let given = parameters.indices.filter { parameters[$0].gradient != nil }
    let orthogonal = configuration.method == .muon ? given.filter { isInnerMatrix[$0] } : []
    OperationProfile.measure("muon") {
      updateByMuon(orthogonal, learningRate: Float(learningRate), gradientScale: scale)
    }
    OperationProfile.measure("adam") {
      for index in given where !(configuration.method == .muon && isInnerMatrix[index]) {
        updateByAdam(index, learningRate: Float(learningRate), gradientScale: scale)
      }
    }
    return norm
  }

  /// Of the moving average, at this update.
  private var averageDecay: Float {
    let n = Double(updateCount)
    return Float(min(configuration.emaDecay, (1 + n) / (10 + n)))
  }

  private func updateByAdam(_ index: Int, learningRate: Float, gradientScale: Float) {
    let parameter = parameters[index]
    guard let gradient = parameter.gradient else { return }
    let n = Double(updateCount)
    let step = AdamStep(
      learningRate: learningRate, beta1: Float(configuration.beta1),
      beta2: Float(configuration.beta2), epsilon: Float(configuration.epsilon),
      weightDecay: parameter.value.shape.rank >= 2 ? Float(configuration.weightDecay) : 0,
      firstCorrection: Float(1 - pow(configuration.beta1, n)),
      secondCorrection: Float(1 - pow(configuration.beta2, n)),
      gradientScale: gradientScale, averageDecay: averageDecay)
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

  /// `m = μ m + (1-μ) g`, `w = w (1 - lr λ) - lr s O((1-μ) g + μ m)`, where `O` makes a matrix
  /// orthogonal and `s = 0.2 √(longer side)` gives its elements the size of AdamW's updates.
  private func updateByMuon(_ indices: [Int], learningRate: Float, gradientScale: Float) {
    guard !indices.isEmpty else { return }
    let momentum = Float(configuration.momentum)
    let ahead = indices.map { index in
      guard let gradient = parameters[index].gradient else { return Tensor.zeros([1]) }
      firstMoments[index].combine(
        momentum, with: gradient, times: (1 - momentum) * gradientScale)
      var ahead = gradient
      ahead.combine((1 - momentum) * gradientScale, with: firstMoments[index], times: momentum)
      return ahead
    }
    let kept = 1 - learningRate * Float(configuration.weightDecay)
    let averageDecay = averageDecay
    for (index, update) in zip(indices, Orthogonalization.orthogonalized(ahead)) {
      let shape = update.shape
      let longer = max(shape[0], shape.count / shape[0])
      parameters[index].value.combine(
        kept, with: update, times: -learningRate * 0.2 * Float(longer).squareRoot())
      averages[index].combine(
        averageDecay, with: parameters[index].value, times: 1 - averageDecay)
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

extension Parameter {
  /// Whether this maps hidden features to hidden features: no vector, no embedding, and neither the
  /// first nor the last convolution of a network.
  fileprivate var isInnerMatrix: Bool {
    guard value.shape.rank >= 2 else { return false }
    let outer: Set<Substring> = [
      "conv_in", "conv_out", "token_embedding", "position_embedding",
    ]
    return !name.split(separator: ".").contains { outer.contains($0) }
  }
}

extension Tensor {
  /// `self = own * self + other * factor`, in place.
  fileprivate mutating func combine(_ own: Float, with other: Tensor, times factor: Float) {
    withMutableFloats { values in
      guard let base = values.baseAddress else { return }
      Parallel.forEachRange(values.count, grain: 4096) {
        kernels.combine($0, a: base, alpha: own, b: other.base, beta: factor, y: base)
      }
    }
  }
}
