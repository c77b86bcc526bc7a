import Platform
import TensorCore

/// Sentences for one task from a text file: UTF-8, one a line, `%` for the category, `*` and `#`
/// for the colours of yes and no. Blank lines don't count.
///
/// The format is that of AlaaLab/InstructCV, `build_data/txt`, 0c24fed.
/// - Deviates: the source never draws a file's first line; here every line can be drawn.
/// - Deviates: "a" and "an" before a place, and plurals (`%s`), are put right; see
///   ``PromptTemplate``.
public struct PromptFile: Sendable, Hashable {
  /// What the sentences ask for.
  public let task: TaskKind
  /// The sentences, at least one.
  public let templates: [PromptTemplate]

  /// The largest file that is read, in bytes.
  public static let maximumByteCount = 4 << 20
  /// The longest line, in characters.
  public static let maximumLineLength = 1_000
  /// The largest number of lines.
  public static let maximumLineCount = 20_000

  /// Reads the file at `path`.
  ///
  /// - Throws: ``ReportableError`` (`missingInput`, `badData`) naming `path` and the line.
  public init(path: String, task: TaskKind) throws {
    let text = try InputFile.text(at: path, maximumByteCount: Self.maximumByteCount)
    do {
      try self.init(text: text, task: task)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// The sentences in `text`.
  ///
  /// - Throws: ``ReportableError`` (`badData`) naming the line.
  public init(text: String, task: TaskKind) throws {
    var templates: [PromptTemplate] = []
    let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    for (index, rawLine) in body.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      let line = Self.trimmed(rawLine)
      if line.isEmpty { continue }
      guard line.count <= Self.maximumLineLength else {
        throw ReportableError(
          .badData,
          "line \(index + 1) has \(line.count) characters; \(Self.maximumLineLength) are allowed")
      }
      guard templates.count < Self.maximumLineCount else {
        throw ReportableError(
          .badData, "has more than \(Self.maximumLineCount) lines; split it")
      }
      let template = PromptTemplate(String(line))
      if let stray = Self.strayPlace(in: template, task: task) {
        throw ReportableError(
          .badData,
          "line \(index + 1) has a place for \(stray), which \(task.rawValue) doesn't fill; "
            + "remove it or name the task that the file is for")
      }
      templates.append(template)
    }
    guard !templates.isEmpty else {
      throw ReportableError(.badData, "holds no sentence; write one a line")
    }
    if task != .depth, !templates.contains(where: \.namesCategory) {
      throw ReportableError(.badData, "no line names the category; put % where it goes")
    }
    if task == .classification, !templates.contains(where: \.namesPositiveColor) {
      throw ReportableError(
        .badData, "no line names the colour; put * where the colour of yes goes and # for no")
    }
    self.task = task
    self.templates = templates
  }

  /// One of the sentences, uniformly.
  ///
  /// - Precondition: the file is for `task`.
  func template(for task: TaskKind, using stream: inout RandomStream) -> PromptTemplate {
    require(
      task == self.task, "a prompt file for \(self.task.rawValue) can't ask for \(task.rawValue)")
    return stream.element(of: templates)
  }

  private static func trimmed(_ line: Substring) -> Substring {
    var line = line
    while line.first?.isWhitespace == true { line.removeFirst() }
    while line.last?.isWhitespace == true { line.removeLast() }
    return line
  }

  private static func strayPlace(in template: PromptTemplate, task: TaskKind) -> String? {
    if task == .depth, template.namesCategory { return "a category (%)" }
    if task != .classification, template.namesPositiveColor { return "a colour (*)" }
    if task != .classification, template.namesNegativeColor { return "a colour (#)" }
    return nil
  }
}
