import VisionTasks

/// One triple of a training set: a picture, what to do, and the painted answer.
public struct TrainingExample: Sendable, Equatable {
  public var picturePath: String
  public var targetPath: String
  public var instruction: String
  public var task: TaskKind
  /// The right answer to a yes-or-no question.
  public var verdict: Bool?
  /// The set's painted mask of the one thing that is asked about, where it has one.
  public var thingMaskPath: String?

  public init(
    picturePath: String, targetPath: String, instruction: String, task: TaskKind,
    verdict: Bool? = nil, thingMaskPath: String? = nil
  ) {
    self.picturePath = picturePath
    self.targetPath = targetPath
    self.instruction = instruction
    self.task = task
    self.verdict = verdict
    self.thingMaskPath = thingMaskPath
  }
}
