import Platform
import TensorCore

/// One step of an ``Optimizer``, from its first backward to the changed parameters.
///
/// Where the configuration allows it (``OptimizerConfiguration/updatesAtOnce(accumulation:)``), each
/// parameter is updated as soon as the backward is done with it, and its gradient freed: gradients are
/// never in memory together. Elsewhere they are gathered, and applied by ``finish()``. The results are
/// the same, bit for bit.
///
/// A step with a loss that is not finite changes nothing. A gradient that is not finite below finite
/// losses changes nothing where gradients are gathered; where they are applied at once, it comes to
/// light when a part of the parameters is changed, so the step fails and the optimizer goes no
/// further.
public final class OptimizerStep {
  private let optimizer: Optimizer
  private let learningRate: Double
  /// Factor on the gradients.
  private let gradientScale: Float
  private let updatesAtOnce: Bool
  /// Sums of squares of the gradients that were applied at once, by the places of their parameters.
  private var squares: [Double]
  private var hasFiniteLosses = true
  /// Whether gradients were applied at once.
  private var hasBegun = false
  /// The first parameter whose gradient was not finite.
  private var broken: Parameter?

  init(_ optimizer: Optimizer, learningRate: Double, accumulation: Int) {
    self.optimizer = optimizer
    self.learningRate = learningRate
    gradientScale = 1 / Float(accumulation)
    updatesAtOnce = optimizer.configuration.updatesAtOnce(accumulation: accumulation)
    squares = [Double](repeating: 0, count: updatesAtOnce ? optimizer.parameters.count : 0)
  }

  /// Takes the gradients of `loss`; to be called as often as the step was begun for.
  public func backward(_ tape: GradientTape, from loss: Tensor) {
    hasFiniteLosses = hasFiniteLosses && loss.floats.allSatisfy(\.isFinite)
    guard hasFiniteLosses else { return }
    guard updatesAtOnce else { return tape.backward(from: loss) }
    require(!hasBegun, "gradients of one backward only can be applied at once")
    hasBegun = true
    optimizer.updateCount += 1
    tape.backward(from: loss) { update($0, with: $1) }
  }

  private func update(_ parameter: Parameter, with gradient: Tensor) {
    guard broken == nil, let index = optimizer.index(of: parameter) else { return }
    squares[index] = OperationProfile.measure("adam") {
      optimizer.updateByAdamAndMeasure(
        index, with: gradient, learningRate: Float(learningRate), gradientScale: gradientScale)
    }
    if !squares[index].isFinite { broken = parameter }
  }

  /// Applies what is not applied yet.
  ///
  /// - Returns: the norm of all gradients together, before clipping. When it is not finite, nothing
  ///   is changed.
  /// - Throws: ``ReportableError`` when a gradient was not finite and others had been applied.
  @discardableResult
  public func finish() throws -> Double {
    guard hasFiniteLosses else {
      optimizer.parameters.forEach { $0.gradient = nil }
      return .nan
    }
    guard updatesAtOnce else {
      return optimizer.step(learningRate: learningRate, gradientScale: gradientScale)
    }
    guard let broken else { return squares.reduce(0, +).squareRoot() * Double(gradientScale) }
    let failure = ReportableError(
      .badData,
      "the gradient of \(broken.name) is not finite in update \(optimizer.updateCount), of which a "
        + "part is done; earlier checkpoints are good; start again with a lower "
        + "optimizer.learning_rate, or with an optimizer.clip_norm above 0, which looks at all "
        + "gradients before it applies any")
    optimizer.failure = failure
    throw failure
  }
}

extension Optimizer {
  /// - Parameter accumulation: backwards whose mean gradient is applied.
  /// - Throws: what an earlier step failed with.
  public func beginStep(learningRate: Double, accumulation: Int = 1) throws -> OptimizerStep {
    try checkIsWhole()
    return OptimizerStep(self, learningRate: learningRate, accumulation: accumulation)
  }
}
