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
}

/// One stage of training as the run drives it: a step at a time, resumable between any two.
protocol TrainingStage: AnyObject {
  var name: String { get }
  var step: Int { get }
  var totalSteps: Int { get }
  func advance() throws -> StepReport
  func save(to folder: CheckpointFolder) throws
  func restore(step: Int, from folder: CheckpointFolder) throws
}
