import Answering
import Datasets
import Imaging
import VisionTasks

/// One picture of a data set, as the model sees it for some of its tasks and as it is.
struct EvaluatedPicture: Sendable {
  /// Its place among the evaluated ones, from 0.
  let number: Int
  /// Its name in the data set.
  let id: String
  let image: Image
  let framing: PictureFraming
  /// ``image`` at the model's size.
  let prepared: Image
}

/// What is right, in the pixels of the picture.
enum EvaluationTruth: Sendable {
  /// `ignored`: pixels that count nowhere.
  case mask(Mask, ignored: Mask?)
  case boxes([TruthBox])
  /// Metres; 0 where unknown.
  case depth(Plane<Float>)
  case verdict(Bool)
}

/// One question about one picture.
struct EvaluationQuestion: Sendable {
  /// Its place in the evaluation, from 0.
  let number: Int
  let picture: EvaluatedPicture
  let instruction: Instruction
  /// Index into the evaluation's classes; nil for depth.
  let classIndex: Int?
  /// Of the noise that its answer starts from.
  let seed: UInt64
  let truth: EvaluationTruth
  /// The truth as it is painted, of the picture's size.
  let target: Image

  var task: TaskKind { instruction.task }
}

/// Which questions an evaluation asks.
public struct QuestionSettings: Sendable {
  /// Those to ask, all of which the data set must have; nil for all that it has.
  public var tasks: Set<TaskKind>?
  /// By whose rules answers are scored; the paper's know no ignored pixels and no groups.
  public var rules: EvaluationProtocol
  /// At most so many pictures, spread evenly over the data set; nil for all.
  public var pictureLimit: Int?
  /// Decides words, colours, absent categories and noise.
  public var seed: UInt64
  /// Colours of verdicts.
  public var palette: [NamedColor]
  /// Questions with the answer no for each one with yes.
  public var negativesPerPositive: Double
  /// How targets are painted and answers read.
  public var suite: TaskSuite
  /// Which part of depth maps counts, nil for all of it.
  public var depthCrop: DepthParameters.Crop?
  /// What to do about a picture that can't be read.
  public var unreadable: BuildSettings.UnreadablePolicy

  /// Settings; the defaults ask everything about every picture, by the usual rules.
  public init(
    tasks: Set<TaskKind>? = nil, rules: EvaluationProtocol = .standard,
    pictureLimit: Int? = nil, seed: UInt64 = 0, palette: [NamedColor] = VerdictColors.palette,
    negativesPerPositive: Double = 1, suite: TaskSuite = TaskSuite(),
    depthCrop: DepthParameters.Crop? = nil, unreadable: BuildSettings.UnreadablePolicy = .fail
  ) {
    self.tasks = tasks
    self.rules = rules
    self.pictureLimit = pictureLimit
    self.seed = seed
    self.palette = palette
    self.negativesPerPositive = negativesPerPositive
    self.suite = suite
    self.depthCrop = depthCrop
    self.unreadable = unreadable
  }

  /// Everything that is asked about the pictures of `source`.
  func tasks(of source: any PictureSource) -> Set<TaskKind> { tasks ?? source.tasks }

  /// The pictures of `source` that are asked about, as its indices.
  func pictureIndices(of source: any PictureSource) -> [Int] {
    let count = source.pictureCount
    guard let limit = pictureLimit, limit < count else { return Array(0..<count) }
    return (0..<max(0, limit)).map { $0 * count / limit }
  }
}
