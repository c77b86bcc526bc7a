import Imaging

/// The four tasks with their parameters, for whoever learns only at run time which one is asked.
public struct TaskSuite: Sendable {
  /// Masks.
  public var segmentation: SegmentationTask
  /// Boxes.
  public var detection: DetectionTask
  /// Distances.
  public var depth: DepthTask
  /// Verdicts.
  public var classification: ClassificationTask

  /// The four tasks, with the paper's parameters unless told otherwise.
  public init(
    segmentation: SegmentationTask = SegmentationTask(), detection: DetectionTask = DetectionTask(),
    depth: DepthTask = DepthTask(), classification: ClassificationTask = ClassificationTask()
  ) {
    self.segmentation = segmentation
    self.detection = detection
    self.depth = depth
    self.classification = classification
  }

  /// The answer that `painted` shows to `instruction`.
  ///
  /// - Throws: ``ReportableError`` when `instruction` lacks something that reading needs.
  public func read(
    _ painted: Image, of picture: Image, following instruction: Instruction
  ) throws -> TaskAnswer {
    switch instruction.task {
    case .segmentation:
      .segmentation(try segmentation.read(painted, of: picture, following: instruction))
    case .detection:
      .detection(try detection.read(painted, of: picture, following: instruction))
    case .depth:
      .depth(try depth.read(painted, of: picture, following: instruction))
    case .classification:
      .classification(try classification.read(painted, of: picture, following: instruction))
    }
  }
}

/// An answer to any of the four questions.
public enum TaskAnswer: Sendable, Encodable {
  case segmentation(SegmentationAnswer)
  case detection(DetectionAnswer)
  case depth(DepthAnswer)
  case classification(ClassificationAnswer)

  /// Writes the answer itself, without a wrapper.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .segmentation(let answer): try answer.encode(to: encoder)
    case .detection(let answer): try answer.encode(to: encoder)
    case .depth(let answer): try answer.encode(to: encoder)
    case .classification(let answer): try answer.encode(to: encoder)
    }
  }
}
