import Platform
import VisionTasks

/// Where the words of an evaluation's questions come from.
public enum EvaluationPhrasing: Sendable {
  /// The paper's one sentence a task.
  case template
  /// Paraphrases that training may have used.
  case training
  /// Paraphrases that training never sees.
  case heldOut
  /// The lines of prompt files; tasks without one get the fixed sentence.
  case files([PromptFile])

  /// The name on the command line and in tables.
  public var name: String {
    switch self {
    case .template: "template"
    case .training: "training"
    case .heldOut: "held-out"
    case .files: "file"
    }
  }

  /// All names, in the order of tables.
  public static let names = ["template", "training", "held-out", "file"]

  /// - Parameter files: for the name "file".
  /// - Throws: ``ReportableError`` (`usage`) for unknown names and for files without a file.
  public init(name: String, files: [PromptFile] = []) throws {
    switch name {
    case "template": self = .template
    case "training": self = .training
    case "held-out": self = .heldOut
    case "file":
      guard !files.isEmpty else {
        throw ReportableError(
          .usage, "phrasing \"file\" needs prompt files; give them with --prompts task=file")
      }
      self = .files(files)
    default:
      throw ReportableError(
        .usage,
        "unknown phrasing \"\(name)\"; choose from \(Self.names.joined(separator: ", "))")
    }
  }

  func phrasing(for task: TaskKind) -> Phrasing {
    switch self {
    case .template: .template
    case .training: .training
    case .heldOut: .heldOut
    case .files(let files): files.first { $0.task == task }.map { .file($0) } ?? .template
    }
  }
}
