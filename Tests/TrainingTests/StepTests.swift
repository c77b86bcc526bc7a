import Foundation
import Layers
import TensorCore
import TestSupport
import Testing
import Training

/// What one optimizer step of either stage is made of.
@Suite struct StepTests {
  @Test(arguments: [1, 2, 8])
  func accumulationEqualsALargeBatch(microBatch: Int) throws {
    let whole = try SyntheticStages.denoiser { $0 % 3 == 0 }
    let cut = try SyntheticStages.denoiser(
      SyntheticStages.configuration {
        $0.denoiser.batch = microBatch
        $0.denoiser.accumulation = 8 / microBatch
      }
    ) { $0 % 3 == 0 }
    for _ in 0..<2 {
      let losses = (
        try whole.differentiate { $0.backward(from: $1) }.mean,
        try cut.differentiate { $0.backward(from: $1) }.mean
      )
      #expect(abs(losses.0 - losses.1) < 1e-5 * losses.0)
      let scale = Float(microBatch) / 8
      let expected = whole.parameters.parameters.map { $0.gradient?.floats ?? [] }
      let actual = cut.parameters.parameters.map { ($0.gradient?.floats ?? []).map { $0 * scale } }
      let largest = expected.joined().map { abs($0) }.max() ?? 0
      #expect(largest > 0)
      expectClose(
        Array(actual.joined()), Array(expected.joined()), absolute: Double(largest) * 2e-5,
        relative: 1e-4)
    }
  }

  @Test func oneBatchIsLearned() throws {
    let denoiser = try SyntheticStages.denoiser(
      SyntheticStages.configuration {
        $0.denoiser.optimizer.learningRate = 5e-3
        $0.denoiser.steps = 150
      }, exampleCount: 2)
    let losses = try (0..<150).map { _ in try denoiser.advance().loss }
    let first = losses.prefix(15).reduce(0, +)
    let last = losses.suffix(15).reduce(0, +)
    #expect(last < 0.8 * first)

    let autoencoder = try SyntheticStages.autoencoder(
      SyntheticStages.configuration { $0.autoencoder.optimizer.learningRate = 5e-3 },
      pictureCount: 2)
    let errors = try (0..<100).map { _ in try autoencoder.advance().loss }
    let before = errors.prefix(5).reduce(0, +)
    let after = errors.suffix(5).reduce(0, +)
    #expect(after < 0.6 * before)
  }

  @Test func aStepDependsOnItsNumberNotOnHowItWasReached() throws {
    let straight = try SyntheticStages.denoiser()
    for _ in 0..<3 { _ = try straight.advance() }
    let jumped = try SyntheticStages.denoiser()
    jumped.state = straight.state
    for (to, from) in zip(jumped.parameters.parameters, straight.parameters.parameters) {
      to.value = from.value
    }
    let losses = try [jumped, straight].map { try $0.differentiate { _, _ in }.mean }
    #expect(losses[0] == losses[1])
  }

  /// In a process of its own, because the pool is shared by all tests that run at once, and on one
  /// thread, because two may or may not need their scratch memory at the same time.
  @Test func memoryStopsGrowingAfterTheSecondStep() async {
    await #expect(processExitsWith: .success) {
      Parallel.configure(threads: 1)
      let stages: [any TrainingStage] = [
        try SyntheticStages.autoencoder(),
        try SyntheticStages.denoiser(
          SyntheticStages.configuration { $0.denoiser.accumulation = 2 }),
      ]
      for stage in stages {
        for _ in 0..<2 { _ = try stage.advance() }
        let before = MemoryPool.statistics
        for _ in 0..<4 { _ = try stage.advance() }
        let after = MemoryPool.statistics
        guard after.systemAllocationCount == before.systemAllocationCount,
          after.activeByteCount == before.activeByteCount
        else { fatalError("\(stage.name): \(before) became \(after)") }
      }
    }
  }

  @Test func threadsDoNotChangeAStep() async {
    await #expect(processExitsWith: .success) {
      func weights(_ threads: Int, clipNorm: Double) throws -> [[Float]] {
        Parallel.configure(threads: threads)
        let stage = try SyntheticStages.denoiser(
          SyntheticStages.configuration { $0.denoiser.optimizer.clipNorm = clipNorm })
        for _ in 0..<2 { _ = try stage.advance() }
        return stage.parameters.parameters.map(\.value.floats)
      }
      for clipNorm in [0.0, 1] {
        guard try weights(1, clipNorm: clipNorm) == weights(3, clipNorm: clipNorm) else {
          fatalError("threads change the result")
        }
      }
    }
  }
}
