import Kernels

/// One AdamW step in Double; the state of a single weight.
package struct OptimizerReference {
  package var weight: Double
  package var firstMoment: Double
  package var secondMoment: Double
  package var average: Double

  package init(weight: Double, firstMoment: Double, secondMoment: Double, average: Double) {
    self.weight = weight
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
    self.average = average
  }

  /// Decay, both moments, the corrected step, and the moving average, in this order.
  package mutating func take(_ step: AdamStep, gradient: Double) {
    let g = gradient * Double(step.gradientScale)
    let (beta1, beta2) = (Double(step.beta1), Double(step.beta2))
    let rate = Double(step.learningRate)
    firstMoment = beta1 * firstMoment + (1 - beta1) * g
    secondMoment = beta2 * secondMoment + (1 - beta2) * g * g
    let size = (secondMoment / Double(step.secondCorrection)).squareRoot() + Double(step.epsilon)
    weight -= rate * Double(step.weightDecay) * weight
    weight -= rate * firstMoment / Double(step.firstCorrection) / size
    average += (1 - Double(step.averageDecay)) * (weight - average)
  }
}
