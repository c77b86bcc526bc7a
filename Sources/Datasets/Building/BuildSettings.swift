import Imaging
import VisionTasks

/// How samples are made of annotations.
public struct BuildSettings: Sendable {
  /// Where the words of instructions come from.
  public enum Variant: Sendable {
    /// "FP": the paper's one sentence a task.
    case fixed
    /// "RP": one of this package's training paraphrases, drawn for each sample.
    case rephrased
    /// One of a prompt file's sentences, drawn for each sample; tasks without a file get the fixed
    /// sentence.
    case files([PromptFile])

    var name: String {
      switch self {
      case .fixed: "fixed"
      case .rephrased: "rephrased"
      case .files: "files"
      }
    }

    func phrasing(for task: TaskKind) -> Phrasing {
      switch self {
      case .fixed: .template
      case .rephrased: .training
      case .files(let files):
        files.first { $0.task == task }.map { .file($0) } ?? .template
      }
    }
  }

  /// How each sample's folder gets its input picture.
  public enum InputStorage: String, Sendable, Codable {
    /// One copy a picture; the folders of its samples hold hard links to it, which every reader
    /// sees as ordinary files. Where the file system has none, copies.
    case linked
    /// A copy a sample, as the original builders do.
    case copied
  }

  /// What to do about a picture that can't be read.
  public enum UnreadablePolicy: String, Sendable, Codable {
    /// Stop with an error.
    case fail
    /// Leave it out and list it.
    case skip
  }

  /// Those that the source can answer are made.
  public var tasks: Set<TaskKind>
  /// Where words come from.
  public var variant: Variant
  /// Decides every draw: words, colours, absent categories, order.
  public var seed: UInt64
  /// How targets are painted.
  public var suite: TaskSuite
  /// Colours of verdicts; nil for red, green and blue with fixed words, the sixteen of
  /// ``VerdictColors/palette`` otherwise.
  public var palette: [NamedColor]?
  /// At most so many of a picture's categories are asked about with the answer yes; nil for all.
  public var positivesPerPicture: Int?
  /// Questions with the answer no for each one with yes; 1 balances them.
  public var negativesPerPositive: Double
  /// Categories that a picture lacks and that it is segmented and searched for all the same, for
  /// each of the two tasks; the original builders have none, and their models always find something.
  public var absentPerPicture: Int
  /// How inputs are stored.
  public var inputs: InputStorage
  /// What to do about broken pictures.
  public var unreadable: UnreadablePolicy

  /// Settings; the defaults make balanced samples of all tasks with the paper's words and painting.
  public init(
    tasks: Set<TaskKind> = Set(TaskKind.allCases), variant: Variant = .fixed, seed: UInt64 = 0,
    suite: TaskSuite = TaskSuite(), palette: [NamedColor]? = nil, positivesPerPicture: Int? = nil,
    negativesPerPositive: Double = 1, absentPerPicture: Int = 0, inputs: InputStorage = .linked,
    unreadable: UnreadablePolicy = .fail
  ) {
    self.tasks = tasks
    self.variant = variant
    self.seed = seed
    self.suite = suite
    self.palette = palette
    self.positivesPerPicture = positivesPerPicture
    self.negativesPerPositive = negativesPerPositive
    self.absentPerPicture = absentPerPicture
    self.inputs = inputs
    self.unreadable = unreadable
  }

  /// The colours that verdicts are drawn from.
  var verdictPalette: [NamedColor] {
    if let palette { return palette }
    switch variant {
    case .fixed: return ["red", "green", "blue"].compactMap { NamedColor($0) }
    case .rephrased, .files: return VerdictColors.palette
    }
  }
}
