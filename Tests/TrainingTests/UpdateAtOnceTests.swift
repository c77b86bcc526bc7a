import Layers
import Platform
import TensorCore
import TestSupport
import Testing
import Training

/// Parameters that are updated while the backward goes on, against updates of gathered gradients.
@Suite struct UpdateAtOnceTests {
  private static func state(_ optimizer: Optimizer) -> [[Float]] {
    [
      optimizer.parameters.map(\.value), optimizer.averages, optimizer.firstMoments,
      optimizer.secondMoments,
    ].joined().map(\.floats)
  }

  private static func configuration(
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> TrainingConfiguration {
    SyntheticStages.configuration {
      $0.autoencoder.optimizer.clipNorm = 0
      $0.denoiser.optimizer.clipNorm = 0
      $0.denoiser.batch = 2
      change(&$0)
    }
  }

  /// The first parameters of a stage are left as they are, as when a part of a model is frozen.
  private static func freezeSome(_ stage: any TrainingStage) {
    for parameter in stage.parameters.parameters.prefix(3) { parameter.isTrainable = false }
  }

  @Test(arguments: [false, true], [false, true])
  func denoiserStepsAreThoseOfGatheredGradients(checkpoints: Bool, frozen: Bool) throws {
    func stage() throws -> DenoiserTrainer {
      let stage = try SyntheticStages.denoiser(
        Self.configuration { $0.denoiser.gradientCheckpoints = checkpoints }
      ) { $0 % 3 == 0 }
      if frozen { Self.freezeSome(stage) }
      return stage
    }
    let atOnce = try stage()
    let gathered = try stage()
    for step in 0..<3 {
      let report = try atOnce.advance()
      #expect(atOnce.parameters.parameters.allSatisfy { $0.gradient == nil })
      let losses = try gathered.differentiate { $0.backward(from: $1) }
      let rate = gathered.optimizer.configuration.rate(step: step, totalSteps: 100)
      let norm = gathered.optimizer.step(learningRate: rate)
      var state = gathered.state
      state.step = step + 1
      gathered.state = state
      #expect(report.loss == losses.mean && report.gradientNorm == norm && norm > 0)
      #expect(Self.state(atOnce.optimizer) == Self.state(gathered.optimizer))
    }
    #expect(atOnce.optimizer.updateCount == 3)
  }

  @Test func autoencoderStepsAreThoseOfGatheredGradients() throws {
    let atOnce = try SyntheticStages.autoencoder(Self.configuration())
    // A bound that is never reached gathers all gradients and leaves them.
    let gathered = try SyntheticStages.autoencoder(
      Self.configuration { $0.autoencoder.optimizer.clipNorm = 1e30 })
    for _ in 0..<3 {
      let reports = (try atOnce.advance(), try gathered.advance())
      #expect(reports.0 == reports.1)
    }
    #expect(Self.state(atOnce.optimizer) == Self.state(gathered.optimizer))
  }

  @Test func otherRulesGatherGradients() throws {
    func holds(
      accumulation: Int = 1, _ change: (inout OptimizerConfiguration) -> Void = { _ in }
    ) throws -> (kept: Bool, applied: Bool) {
      var configuration = OptimizerConfiguration()
      configuration.clipNorm = 0
      change(&configuration)
      let parameter = Parameter(name: "inner.weight", value: .full([4, 4], 2))
      let optimizer = Optimizer([parameter], configuration: configuration)
      let step = try optimizer.beginStep(learningRate: 0.1, accumulation: accumulation)
      for _ in 0..<accumulation {
        GradientTape.record {
          step.backward($0, from: (parameter.tensor * parameter.tensor).mean())
        }
      }
      let kept = parameter.gradient != nil
      let before = parameter.value.floats
      try step.finish()
      return (kept, before == [Float](repeating: 2, count: 16) && parameter.value.floats != before)
    }
    #expect(try holds() == (false, false))
    #expect(try holds(accumulation: 2) == (true, true))
    #expect(try holds { $0.clipNorm = 1 } == (true, true))
    #expect(try holds { $0.method = .muon } == (true, true))
  }

  /// Loss and gradient of the second of two parameters, whose turn comes first.
  private func step(_ optimizer: Optimizer, second factor: Tensor) throws -> Double {
    let step = try optimizer.beginStep(learningRate: 0.1)
    GradientTape.record { tape in
      let (a, b) = (optimizer.parameters[0].tensor, optimizer.parameters[1].tensor)
      step.backward(tape, from: (a + b * factor).mean())
    }
    return try step.finish()
  }

  private func optimizer(clipNorm: Double = 0) -> Optimizer {
    var configuration = OptimizerConfiguration()
    configuration.clipNorm = clipNorm
    return Optimizer(
      ["first", "second"].map { Parameter(name: $0, value: .full([4], 0)) },
      configuration: configuration)
  }

  @Test(arguments: [0, 1])
  func aLossThatIsNotFiniteChangesNothing(clipNorm: Double) throws {
    let optimizer = optimizer(clipNorm: clipNorm)
    let before = Self.state(optimizer)
    #expect(try !step(optimizer, second: .full([4], .nan)).isFinite)
    #expect(Self.state(optimizer) == before && optimizer.updateCount == 0)
    #expect(optimizer.parameters.allSatisfy { $0.gradient == nil })
    #expect(try step(optimizer, second: .full([4], 1)).isFinite)
    #expect(optimizer.updateCount == 1)
  }

  @Test func aGradientThatIsNotFiniteEndsTheSteps() throws {
    let optimizer = optimizer()
    let endless = try endlessStep(optimizer)
    expectReport(.badData, "second", "clip_norm") { try endless.finish() }
    expectReport(.badData, "second", "not finite") { try optimizer.beginStep(learningRate: 0.1) }
    // What the tape would have come to afterwards is left alone.
    #expect(optimizer.parameters[0].value.floats == [0, 0, 0, 0])
  }

  /// After the backward of a finite loss with an endless gradient of the second parameter.
  private func endlessStep(_ optimizer: Optimizer) throws -> OptimizerStep {
    let step = try optimizer.beginStep(learningRate: 0.1)
    GradientTape.record { tape in
      let first = optimizer.parameters[0].tensor
      let product = Tensor.recorded(
        "endless", .full([1], 0), inputs: [first, optimizer.parameters[1].tensor], saving: []
      ) { _, _ in [.full([4], 1), .full([4], .infinity)] }
      step.backward(tape, from: product)
    }
    return step
  }

  /// In a process of its own, because the pool is shared by all tests that run at once.
  @Test func gradientsAreNeverInMemoryTogether() async {
    await #expect(processExitsWith: .success) {
      func peak(clipNorm: Double, checkpoints: Bool) throws -> (peak: Int, weights: Int) {
        let stage = try SyntheticStages.denoiser(
          Self.configuration {
            $0.model.unet.widths = [64, 128]
            $0.denoiser.optimizer.clipNorm = clipNorm
            $0.denoiser.gradientCheckpoints = checkpoints
            $0.denoiser.batch = 1
          })
        _ = try stage.advance()
        MemoryPool.resetPeak()
        _ = try stage.advance()
        return (MemoryPool.statistics.peakByteCount, 4 * stage.parameters.scalarCount)
      }
      for checkpoints in [false, true] {
        let gathered = try peak(clipNorm: 1, checkpoints: checkpoints)
        let atOnce = try peak(clipNorm: 0, checkpoints: checkpoints)
        guard Double(gathered.peak - atOnce.peak) > 0.6 * Double(atOnce.weights) else {
          fatalError("\(gathered) became \(atOnce)")
        }
      }
    }
  }
}
