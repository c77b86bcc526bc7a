import Answering
import Foundation
import Platform
import VisionTasks

/// What an evaluation was made of: everything that its numbers depend on besides the files.
public struct EvaluationConditions: Encodable, Sendable {
  public var dataset: String
  public var split: String
  /// nil for all pictures.
  public var limit: Int?
  public var rules: EvaluationProtocol
  public var origin: AnswerOrigin
  /// The model's name; nil when none was needed.
  public var model: String?
  /// The path of an autoencoder in the place of the model's own, if any.
  public var autoencoder: String?
  /// How the model was asked about each task; nil when it wasn't.
  public var answers: [TaskKind: AnswerSettings]?
  public var outlineWidth: Int
  public var negativesPerPositive: Double
  public var seed: UInt64

  public init(
    dataset: String, split: String, limit: Int?, rules: EvaluationProtocol, origin: AnswerOrigin,
    model: String?, autoencoder: String? = nil, answers: [TaskKind: AnswerSettings]?,
    outlineWidth: Int, negativesPerPositive: Double, seed: UInt64
  ) {
    self.dataset = dataset
    self.split = split
    self.limit = limit
    self.rules = rules
    self.origin = origin
    self.model = model
    self.autoencoder = autoencoder
    self.answers = answers
    self.outlineWidth = outlineWidth
    self.negativesPerPositive = negativesPerPositive
    self.seed = seed
  }

  private enum CodingKeys: String, CodingKey {
    case dataset, split, limit, origin, model, autoencoder, answers, outlineWidth,
      negativesPerPositive, seed
    case rules = "protocol"
  }

  /// The same in words, for the report.
  var lines: [(name: String, value: String)] {
    var lines = [
      ("data set", dataset), ("split", split),
      ("pictures", limit.map { "\($0), spread evenly" } ?? "all"), ("protocol", rules.rawValue),
      ("answers from", origin.rawValue), ("model", model ?? "none"),
    ]
    if let autoencoder { lines.append(("autoencoder", autoencoder)) }
    if let answers {
      lines += [
        ("sampler", summary(of: answers, \.samplerText)),
        ("guidance", summary(of: answers, \.guidanceText)),
        ("precision", summary(of: answers, \.precision.rawValue)),
        ("resolution", summary(of: answers) { "\($0.resolution), \($0.framing)" }),
        ("random numbers", summary(of: answers, \.rng)),
      ]
    }
    lines += [
      ("outline width", "\(outlineWidth)"), ("negatives", "\(negativesPerPositive)"),
      ("seed", "\(seed)"),
    ]
    return lines.map { (name: $0.0, value: $0.1) }
  }
}

extension EvaluationConditions {
  /// One text where all tasks share it, and each task's own otherwise.
  private func summary(
    of answers: [TaskKind: AnswerSettings], _ text: (AnswerSettings) -> String
  ) -> String {
    let texts = TaskKind.allCases.compactMap { task in answers[task].map { (task, text($0)) } }
    guard Set(texts.map(\.1)).count > 1 else { return texts.first?.1 ?? "" }
    return texts.map { "\($0.rawValue): \($1)" }.joined(separator: "; ")
  }
}

/// The scores of one or several phrasings of the same questions.
public struct EvaluationResult: Encodable, Sendable {
  public let conditions: EvaluationConditions
  public let runs: [EvaluationRun]

  public init(_ conditions: EvaluationConditions, runs: [EvaluationRun]) {
    self.conditions = conditions
    self.runs = runs
  }

  /// One row for each phrasing with the headline numbers of all tasks.
  public var comparison: ScoreTable {
    let headings = runs.first?.headlines.map { ScoreTable.Column($0.heading) } ?? []
    return ScoreTable(
      title: "", columns: [.init("instructions", .leading)] + headings,
      rows: runs.map { run in [.init(run.phrasing)] + run.headlines.map(\.cell) })
  }

  /// The result as JSON: the same evaluation gives the same bytes.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    } catch {
      throw ReportableError(.internalFailure, "the scores can't be encoded", cause: error)
    }
  }

  /// The result as a page: every task with its figures, tables and worst answers.
  public var report: EvaluationReport {
    var sections: [EvaluationReport.Section] = []
    for run in runs {
      for (task, sheet) in run.sheets {
        let name = task.rawValue.prefix(1).uppercased() + task.rawValue.dropFirst()
        var tables = sheet.classTable.map { [$0] } ?? []
        if let detection = sheet as? DetectionScores { tables.append(detection.summaryTable) }
        if let depth = sheet as? DepthScores { tables.append(depth.summaryTable) }
        if sections.isEmpty, runs.count > 1 { tables.insert(comparison, at: 0) }
        sections.append(
          EvaluationReport.Section(
            title: runs.count > 1 ? "\(name), \(run.phrasing)" : name,
            summary: Self.remark(on: task, conditions.rules), figures: sheet.figures,
            tables: tables, sampleScore: QuestionOutcome.sampleScore(of: task),
            samples: (run.cases[task] ?? []).map(Self.sample),
            sampleCount: run.outcomes.count { $0.instruction.task == task }))
      }
    }
    return EvaluationReport(
      title: "Evaluation on \(conditions.dataset)",
      subtitle: "\(conditions.model ?? conditions.origin.rawValue), \(conditions.split), "
        + pictures,
      settings: conditions.lines + [("phrasing", runs.map(\.phrasing).joined(separator: ", "))],
      sections: sections)
  }

  /// The same for every run.
  private var pictures: String {
    let leftOutCount = runs.first?.leftOut.count ?? 0
    return "\(runs.first?.pictureCount ?? 0) pictures"
      + (leftOutCount == 0 ? "" : ", \(leftOutCount) more can't be read")
  }

  private static func sample(_ one: EvaluationCase) -> EvaluationReport.Sample {
    EvaluationReport.Sample(
      name: one.question.picture.id, instruction: one.question.instruction.text,
      score: one.outcome.score, note: "\(one.outcome.note) · seed \(one.outcome.seed)",
      picture: .image(one.question.picture.image), target: .image(one.question.target),
      answer: .image(one.restored), overlay: one.overlay.map { .image($0) })
  }

  private static func remark(on task: TaskKind, _ rules: EvaluationProtocol) -> String {
    switch (task, rules) {
    case (.segmentation, .standard):
      """
      Each category that a picture shows is asked for. Intersections and unions are added over all \
      pictures; mean over the categories. Overlays: green right, red wrong, blue missing.
      """
    case (.segmentation, .paper):
      "Each category that a picture shows is asked for; mean over pictures. Overlays: green right, "
        + "red wrong, blue missing."
    case (.detection, .standard):
      """
      Each category that a picture shows is asked for, and no other: boxes that would be drawn for \
      absent categories are not counted. Overlays: true boxes green, found ones red.
      """
    case (.detection, .paper):
      """
      Only for comparison with the paper: found boxes are matched with the true ones before they \
      are scored, and those without a match are dropped. Overlays: true boxes green, found ones red.
      """
    case (.depth, _):
      "Once for each picture, at the size of its depth map; mean over pictures. Overlays: the error, "
        + "from 0 m (dark violet) to 2 m (dark red)."
    case (.classification, _):
      """
      Yes/no questions about categories that are there and as many others. The margin is 1 for the \
      right colour, 0 for undecided, -1 for the wrong colour.
      """
    }
  }
}
