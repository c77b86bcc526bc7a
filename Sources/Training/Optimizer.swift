import Platform
import TensorCore

/// AdamW or Muon with a moving average of the weights, over parameters in a fixed order.
public final class Optimizer {
  public let configuration: OptimizerConfiguration
  public let parameters: [Parameter]
  /// Updates made so far.
  public internal(set) var updateCount = 0
  package internal(set) var firstMoments: [Tensor]
  package internal(set) var secondMoments: [Tensor]
  /// The moving average, in the order of `parameters`.
  public internal(set) var averages: [Tensor]
  private let isInnerMatrix: [Bool]
  private let indices: [ObjectIdentifier: Int]
  /// Why the state belongs to no step: one ended half-way.
  var failure: ReportableError?

  public init(_ parameters: [Parameter], configuration: OptimizerConfiguration) {
    self.configuration = configuration
    self.parameters = parameters
    isInnerMatrix = parameters.map(\.isInnerMatrix)
    indices = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { (ObjectIdentifier($1), $0) })
    firstMoments = parameters.map { .zeros($0.value.shape) }
    secondMoments = parameters.map { .zeros($0.value.shape) }
    averages = parameters.map { parameter in
      var copy = parameter.value
      copy.withMutableFloats { _ in }
      return copy
    }
  }

  /// Takes over a state that was saved, together with the parameters' values.
  func restore(
    averages: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], updateCount: Int
  ) {
    self.averages = averages
    self.firstMoments = firstMoments
    self.secondMoments = secondMoments
    self.updateCount = updateCount
    failure = nil
  }

  /// Throws when a step ended half-way, so that what it left is not taken for a state of the run.
  func checkIsWhole() throws {
    if let failure { throw failure }
  }

  /// The place of one of `parameters`; nil for others.
  func index(of parameter: Parameter) -> Int? { indices[ObjectIdentifier(parameter)] }

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
        guard let gradient = parameters[index].gradient else { continue }
        updateByAdam(
          index, with: gradient, learningRate: Float(learningRate), gradientScale: scale)
      }
    }
    return norm
  }

  /// Runs `body` with the moving averages in the parameters' place.
  public func withAverages<R>(_ body: () throws -> R) rethrows -> R {
    let raw = parameters.map(\.value)
    for (parameter, average) in zip(parameters, averages) { parameter.value = average }
    defer { for (parameter, value) in zip(parameters, raw) { parameter.value = value } }
    return try body()
  }
}
