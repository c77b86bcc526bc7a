/// One step of AdamW with an exponential moving average, in one pass over memory.
public struct AdamStep: Sendable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  /// Decoupled decay: `w -= learningRate * weightDecay * w` before the update.
  public var weightDecay: Float
  /// `1 - beta1^t` and `1 - beta2^t` of this step.
  public var firstCorrection: Float
  public var secondCorrection: Float
  /// Factor on the gradient (clipping, accumulation).
  public var gradientScale: Float
  /// EMA decay `d`: `ema += (1 - d) * (w - ema)`.
  public var averageDecay: Float

  public init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    firstCorrection: Float, secondCorrection: Float, gradientScale: Float, averageDecay: Float
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.firstCorrection = firstCorrection
    self.secondCorrection = secondCorrection
    self.gradientScale = gradientScale
    self.averageDecay = averageDecay
  }
}

public protocol OptimizerKernels: Sendable {
  /// Elements `range` of one parameter:
  /// `m = β1 m + (1-β1) g`, `v = β2 v + (1-β2) g²`,
  /// `w = w (1 - lr λ) - lr (m / c1) / (√(v / c2) + ε)`, then the EMA (skipped when `average` is nil).
  func adam(
    _ range: Range<Int>, step: AdamStep, weight: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, firstMoment: UnsafeMutablePointer<Float>,
    secondMoment: UnsafeMutablePointer<Float>, average: UnsafeMutablePointer<Float>?)
}
