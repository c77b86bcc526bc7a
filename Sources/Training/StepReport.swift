/// What one optimizer step did.
public struct StepReport: Sendable, Equatable {
  /// Steps done, this one included.
  public var step: Int
  public var loss: Double
  /// Parts of the loss by name.
  public var parts: [String: Double]
  public var learningRate: Double
  /// Before clipping; not finite when the step was skipped.
  public var gradientNorm: Double
  /// Examples that the step used.
  public var exampleCount: Int

  package init(
    step: Int, loss: Double, parts: [String: Double], learningRate: Double, gradientNorm: Double,
    exampleCount: Int
  ) {
    self.step = step
    self.loss = loss
    self.parts = parts
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.exampleCount = exampleCount
  }
}
