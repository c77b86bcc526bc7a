import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct OptimizerTests {
  private static func step(_ index: Int) -> AdamStep {
    AdamStep(
      learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05,
      firstCorrection: Float(1 - (0...index).reduce(1.0) { power, _ in power * 0.9 }),
      secondCorrection: Float(1 - (0...index).reduce(1.0) { power, _ in power * 0.999 }),
      gradientScale: 0.5, averageDecay: 0.99)
  }

  @Test(arguments: KernelSelection.available, [0, 1, 7, 67])
  func followsTheDefinition(set: InstructionSet, count: Int) throws {
    let kernels = try #require(set.kernels)
    let start = normalValues(count, seed: 1)
    let gradients = (0..<5).map { step in
      normalValues(count, seed: 2 + UInt64(step), scale: step == 3 ? 1e-12 : 1)
    }
    for keepsAverage in [true, false] {
      let state = try #require(
        commonResult(count) { ranges in
          var (weight, average) = (start, start)
          var first = [Float](repeating: 0, count: count)
          var second = first
          for (index, gradient) in gradients.enumerated() {
            for range in ranges {
              average.withUnsafeMutableBufferPointer {
                kernels.adam(
                  range, step: Self.step(index), weight: &weight, gradient: gradient,
                  firstMoment: &first, secondMoment: &second,
                  average: keepsAverage ? $0.baseAddress : nil)
              }
            }
          }
          return weight + first + second + average
        })
      var references = start.map {
        OptimizerReference(
          weight: Double($0), firstMoment: 0, secondMoment: 0, average: Double($0))
      }
      for (index, gradient) in gradients.enumerated() {
        for element in 0..<count {
          references[element].take(Self.step(index), gradient: Double(gradient[element]))
        }
      }
      expectClose(
        state,
        references.map(\.weight) + references.map(\.firstMoment)
          + references.map(\.secondMoment)
          + (keepsAverage ? references.map(\.average) : doubles(start)),
        absolute: 1e-6, relative: 1e-6)
    }
  }

  @Test(arguments: KernelSelection.available)
  func zeroGradientsOnlyDecay(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    var weight: [Float] = [2, -3]
    var first: [Float] = [0, 0]
    var second: [Float] = [0, 0]
    kernels.adam(
      0..<2, step: Self.step(0), weight: &weight, gradient: [0, 0], firstMoment: &first,
      secondMoment: &second, average: nil)
    expectClose(weight, [2 * (1 - 0.05e-2), -3 * (1 - 0.05e-2)], absolute: 1e-6)
    #expect(first == [0, 0] && second == [0, 0])
  }
}
