import CVectorIntrinsics
import KernelInterface

extension VectorKernels {
  /// One step of AdamW and of the moving average for the elements `range` of a parameter.
  public func adam(
    _ range: Range<Int>, step: AdamStep, weight: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, firstMoment: UnsafeMutablePointer<Float>,
    secondMoment: UnsafeMutablePointer<Float>, average: UnsafeMutablePointer<Float>?
  ) {
    let gradientScale = Vector(repeating: step.gradientScale)
    let beta1 = Vector(repeating: step.beta1)
    let beta2 = Vector(repeating: step.beta2)
    let rest1 = Vector(repeating: 1 - step.beta1)
    let rest2 = Vector(repeating: 1 - step.beta2)
    let kept = Vector(repeating: 1 - step.learningRate * step.weightDecay)
    let stepSize = Vector(repeating: step.learningRate / step.firstCorrection)
    let secondFactor = Vector(repeating: 1 / step.secondCorrection)
    let epsilon = Vector(repeating: step.epsilon)
    let averageRest = Vector(repeating: 1 - step.averageDecay)
    forEachVector(in: range) {
      let g = load(gradient, $0) * gradientScale
      let m = multiplyAdd(beta1, load(firstMoment, $0), rest1 * g)
      let v = multiplyAdd(beta2, load(secondMoment, $0), rest2 * g * g)
      let size = vectorSquareRoot(v * secondFactor) + epsilon
      let w = multiplySubtract(stepSize, m / size, from: load(weight, $0) * kept)
      store(m, firstMoment, $0)
      store(v, secondMoment, $0)
      store(w, weight, $0)
      if let average {
        let old = load(average, $0)
        store(multiplyAdd(averageRest, w - old, old), average, $0)
      }
    }
  }
}
