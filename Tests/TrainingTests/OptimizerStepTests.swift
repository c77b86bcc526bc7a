import Foundation
import Kernels
import TensorCore
import TestSupport
import Testing
import Training

@Suite struct OptimizerStepTests {
  private static func values(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in Float(stream.normal()) * scale }
  }

  /// A matrix, which decays, and a vector, which doesn't.
  private static func parameters() -> [Parameter] {
    [
      Parameter(name: "matrix", value: Tensor(values(15, seed: 1), shape: [5, 3])),
      Parameter(name: "vector", value: Tensor(values(7, seed: 2), shape: [7])),
    ]
  }

  @Test func tenStepsFollowTheDefinition() {
    var configuration = OptimizerConfiguration()
    configuration.weightDecay = 0.1
    configuration.clipNorm = 3
    configuration.emaDecay = 0.6
    let parameters = Self.parameters()
    let optimizer = Optimizer(parameters, configuration: configuration)
    var references = parameters.map { parameter in
      parameter.value.floats.map {
        OptimizerReference(
          weight: Double($0), firstMoment: 0, secondMoment: 0, average: Double($0))
      }
    }
    var clipped = 0
    for step in 1...10 {
      let gradients = parameters.indices.map {
        Self.values(
          parameters[$0].value.count, seed: UInt64(step * 10 + $0), scale: step == 4 ? 9 : 1)
      }
      for (parameter, gradient) in zip(parameters, gradients) {
        parameter.gradient = Tensor(gradient, shape: parameter.value.shape)
      }
      let norm = gradients.joined().reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() / 2
      let rate = 0.01 * Double(step)
      let found = optimizer.step(learningRate: rate, gradientScale: 0.5)
      #expect(abs(found - norm) < 1e-5 * norm)
      if norm > 3 { clipped += 1 }
      let n = Double(step)
      for index in parameters.indices {
        let definition = AdamStep(
          learningRate: Float(rate), beta1: 0.9, beta2: 0.99, epsilon: 1e-8,
          weightDecay: index == 0 ? 0.1 : 0, firstCorrection: Float(1 - pow(0.9, n)),
          secondCorrection: Float(1 - pow(0.99, n)),
          gradientScale: Float(0.5 * min(1, 3 / norm)),
          averageDecay: Float(min(0.6, (1 + n) / (10 + n))))
        for element in references[index].indices {
          references[index][element].take(
            definition, gradient: Double(gradients[index][element]))
        }
      }
    }
    #expect((1...5).contains(clipped))
    #expect(optimizer.updateCount == 10)
    for (index, parameter) in parameters.enumerated() {
      let expected = references[index]
      #expect(parameter.gradient == nil)
      expectClose(
        parameter.value.floats, expected.map(\.weight), absolute: 2e-6, relative: 2e-6, "weight")
      expectClose(
        optimizer.averages[index].floats, expected.map(\.average), absolute: 2e-6,
        relative: 2e-6, "average")
      expectClose(
        optimizer.firstMoments[index].floats, expected.map(\.firstMoment), absolute: 2e-6,
        relative: 2e-6, "first moment")
      expectClose(
        optimizer.secondMoments[index].floats, expected.map(\.secondMoment), absolute: 2e-6,
        relative: 2e-6, "second moment")
    }
  }

  /// Matrices inside a network follow Muon's definition; what stands at its ends follows AdamW's.
  @Test func fiveStepsOfMuonFollowTheDefinition() {
    var configuration = OptimizerConfiguration()
    configuration.method = .muon
    configuration.weightDecay = 0.1
    configuration.momentum = 0.9
    configuration.clipNorm = 0
    configuration.emaDecay = 0.6
    var adamOnly = configuration
    adamOnly.method = .adamW
    let names = ["block.ff.weight", "conv_in.weight", "a.token_embedding.weight", "block.ff.bias"]
    func parameters() -> [Parameter] {
      names.enumerated().map { index, name in
        let shape: Shape = name.hasSuffix("bias") ? [6] : [6, 2, 1, 5]
        return Parameter(
          name: name, value: Tensor(Self.values(shape.count, seed: UInt64(index)), shape: shape))
      }
    }
    let mixed = parameters()
    let plain = parameters()
    let optimizers = (
      Optimizer(mixed, configuration: configuration), Optimizer(plain, configuration: adamOnly)
    )
    var weight = mixed[0].value.floats.map(Double.init)
    var average = weight
    var momentum = weight.map { _ in 0.0 }
    for step in 1...5 {
      let gradients = names.indices.map {
        Self.values(mixed[$0].value.count, seed: UInt64(100 * step + $0))
      }
      for set in [mixed, plain] {
        for (parameter, gradient) in zip(set, gradients) {
          parameter.gradient = Tensor(gradient, shape: parameter.value.shape)
        }
      }
      let rate = 0.02 * Double(step)
      optimizers.0.step(learningRate: rate, gradientScale: 0.5)
      optimizers.1.step(learningRate: rate, gradientScale: 0.5)
      for index in momentum.indices {
        momentum[index] = 0.9 * momentum[index] + 0.1 * 0.5 * Double(gradients[0][index])
      }
      let ahead = momentum.indices.map {
        Float(0.1 * 0.5 * Double(gradients[0][$0]) + 0.9 * momentum[$0])
      }
      let direction = OrthogonalizationReference.orthogonalized(
        ahead, rows: 6, columns: 10, stepCount: Orthogonalization.stepCount,
        coefficients: Orthogonalization.coefficients)
      let decay = min(0.6, Double(1 + step) / Double(10 + step))
      for index in weight.indices {
        weight[index] *= 1 - rate * 0.1
        weight[index] -= rate * 0.2 * 10.0.squareRoot() * direction[index]
        average[index] += (1 - decay) * (weight[index] - average[index])
      }
    }
    expectClose(mixed[0].value.floats, weight, absolute: 1e-4, "weight")
    expectClose(optimizers.0.averages[0].floats, average, absolute: 1e-4, "average")
    expectClose(optimizers.0.firstMoments[0].floats, momentum, absolute: 1e-6, "momentum")
    #expect(mixed[0].value.floats != plain[0].value.floats)
    for index in 1..<names.count {
      #expect(mixed[index].value.floats == plain[index].value.floats, "\(names[index])")
    }
  }

  @Test(arguments: [Float.nan, .infinity])
  func aGradientThatIsNotFiniteChangesNothing(bad: Float) {
    let parameters = Self.parameters()
    let optimizer = Optimizer(parameters, configuration: OptimizerConfiguration())
    let before = parameters.map(\.value.floats)
    for parameter in parameters { parameter.gradient = .full(parameter.value.shape, bad) }
    #expect(!optimizer.step(learningRate: 0.1).isFinite)
    #expect(parameters.map(\.value.floats) == before)
    #expect(optimizer.averages.map(\.floats) == before)
    #expect(optimizer.updateCount == 0)
    #expect(parameters.allSatisfy { $0.gradient == nil })
  }

  @Test func averagesStandInAndGoAgain() {
    let parameters = Self.parameters()
    let optimizer = Optimizer(parameters, configuration: OptimizerConfiguration())
    for parameter in parameters { parameter.gradient = .full(parameter.value.shape, 1) }
    optimizer.step(learningRate: 0.1)
    let raw = parameters.map(\.value.floats)
    let averages = optimizer.averages.map(\.floats)
    #expect(raw != averages)
    optimizer.withAverages { #expect(parameters.map(\.value.floats) == averages) }
    #expect(parameters.map(\.value.floats) == raw)
    #expect(optimizer.averages.map(\.floats) == averages)
  }

  @Test func theRateRisesStaysAndFalls() {
    var configuration = OptimizerConfiguration()
    configuration.learningRate = 2
    configuration.warmupSteps = 10
    configuration.cooldownShare = 0.4
    configuration.finalRateShare = 0.1
    let rates = (0...100).map { configuration.rate(step: $0, totalSteps: 100) }
    #expect(abs(rates[0] - 0.2) < 1e-12 && abs(rates[4] - 1) < 1e-12)
    #expect(rates[9...60].allSatisfy { $0 == 2 })
    for (earlier, later) in zip(rates[60...], rates[61...]) { #expect(later < earlier) }
    // Half-way down the half cosine, and its end.
    #expect(abs(rates[80] - 1.1) < 1e-12 && abs(rates[100] - 0.2) < 1e-12)
    configuration.cooldownShare = 0
    configuration.warmupSteps = 0
    #expect((0...100).allSatisfy { configuration.rate(step: $0, totalSteps: 100) == 2 })
    configuration.cooldownShare = 1
    #expect(configuration.rate(step: 0, totalSteps: 100) == 2)
    #expect(configuration.rate(step: 50, totalSteps: 100) < 1.2)
  }
}
