import Platform

/// Where a training stage stands: everything besides tensors that the next step depends on.
///
/// There is no generator state: every random number is a function of the seed, the step and the
/// place of the example in the step.
public struct TrainingState: Codable, Equatable, Sendable {
  /// The stage's name, `autoencoder` or `denoiser`.
  public var stage: String
  /// Optimizer steps done.
  public var step: Int
  /// Updates made (differs from `step` when steps were skipped as not finite).
  public var updateCount: Int
  /// Examples drawn so far, by group.
  public var positions: [String: Int]
  /// The seed of the run.
  public var seed: UInt64
  /// Tells the configuration, the data and, for the denoiser, the autoencoder from others.
  public var fingerprint: String
  /// Digests of the tensor files' contents, by name.
  public var digests: [String: String] = [:]

  public init(
    stage: String, step: Int, updateCount: Int, positions: [String: Int], seed: UInt64,
    fingerprint: String
  ) {
    self.stage = stage
    self.step = step
    self.updateCount = updateCount
    self.positions = positions
    self.seed = seed
    self.fingerprint = fingerprint
  }

  /// Refuses a state that the stage `expected`, which stands at its beginning, can't be in.
  func check(against expected: TrainingState, totalSteps: Int, path: String) throws {
    guard stage == expected.stage, fingerprint == expected.fingerprint, seed == expected.seed else {
      throw ReportableError(
        .badData,
        "was made with another configuration, data set or autoencoder; resume with "
          + "those it was made with, or choose another --output", path: path)
    }
    guard (0...totalSteps).contains(step), (0...step).contains(updateCount),
      positions.keys.sorted() == expected.positions.keys.sorted(),
      positions.values.allSatisfy({ (0...(Int.max >> 1)).contains($0) })
    else {
      throw ReportableError(.badData, "holds an impossible state", path: path)
    }
  }
}
