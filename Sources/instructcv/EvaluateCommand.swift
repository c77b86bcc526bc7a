import Answering
import ArgumentParser
import Datasets
import Diffusion
import Evaluation
import Foundation
import Platform
import VisionTasks

/// `instructcv evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Scores a model's answers on an annotated data set.",
    discussion: """
      Every category that a picture shows is asked for its mask and its boxes, depth once a \
      picture, and yes/no questions about what is there and as much that is not. The same \
      command gives the same numbers, whatever --batch and --threads are. Categories that a picture \
      lacks are not asked for boxes.

      Two bounds tell where scores are lost: --oracle reads the painted targets themselves, \
      --through-autoencoder reads them after the model's autoencoder.

      Exit codes are those of "instructcv run"; 65 also when the data set holds no questions of the \
      tasks.
      """)

  @Option(
    help: ArgumentHelp(
      "The data set's format: "
        + EvaluationData.allCases.map(\.rawValue).joined(separator: ", ") + "."))
  var dataset = EvaluationData.sceneworld

  @Option(help: "The data set's folder.")
  var root: String

  @Option(help: "Its split (val, val_unseen, train; val2017; validation; a list's name).")
  var split: String?

  @Option(
    help: "A model's folder or file, or the name of an embedded model (default: the embedded one).")
  var model: String?

  @Option(help: "An autoencoder's folder or file, for the model's own.")
  var vae: String?

  @Option(parsing: .upToNextOption, help: "Tasks to score (default: all that the data set has).")
  var tasks: [TaskKind] = []

  @Option(
    parsing: .unconditional, help: "At most so many pictures, spread evenly over the split.")
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "Words of the questions: \(EvaluationPhrasing.names.joined(separator: ", ")); several, "
        + "separated by commas, are compared."))
  var phrasing = "template"

  @Option(
    parsing: .upToNextOption, help: "Prompt files for --phrasing file, as task=file.")
  var prompts: [String] = []

  @Option(
    name: .customLong("protocol"),
    help: "standard: the usual rules; paper: InstructCV's, for comparison with its tables.")
  var rules = EvaluationProtocol.standard

  @Flag(help: "Score only the part of NYU depth maps that is usually scored (Eigen's crop).")
  var eigenCrop = false

  @Option(
    parsing: .upToNextOption,
    help: "Colours of yes/no answers, by CSS name (default: the model's, or 16).")
  var colors: [String] = []

  @Option(parsing: .unconditional, help: "Questions with the answer no for each one with yes.")
  var negatives = 1.0

  @Option(
    parsing: .unconditional,
    help: "Questions that are answered together; changes speed and memory alone.")
  var batch = 8

  @Flag(help: "Leave broken pictures out instead of stopping.")
  var skipUnreadable = false

  @Flag(help: "Read the painted targets instead of a model's answers.")
  var oracle = false

  @Flag(help: "Read the painted targets after the model's autoencoder.")
  var throughAutoencoder = false

  @Option(
    parsing: .unconditional, help: "Width of box outlines (default: the model's, or 4).")
  var outlineWidth: Int?

  @Option(help: "Write a page with scores and the worst answers to this folder.")
  var report: String?

  @Option(parsing: .unconditional, help: "Answers of each task that the page shows.")
  var cases = 24

  @Option(help: "Write all scores and every answer's own to this file.")
  var json: String?

  @OptionGroup var answering: AnswerOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be positive") }
    guard (1...1024).contains(batch) else {
      throw ValidationError("--batch must be within 1 and 1024")
    }
    guard (0...1000).contains(cases) else {
      throw ValidationError("--cases must be within 0 and 1000")
    }
    guard negatives >= 0, negatives <= 1000 else {
      throw ValidationError("--negatives must be within 0 and 1000")
    }
    if let outlineWidth, !(1...64).contains(outlineWidth) {
      throw ValidationError("--outline-width must be within 1 and 64")
    }
    if oracle && throughAutoencoder {
      throw ValidationError("--oracle and --through-autoencoder exclude each other")
    }
    if eigenCrop && dataset != .nyu {
      throw ValidationError("--eigen-crop is defined for --dataset nyu alone")
    }
  }

  mutating func run() throws {
    try common.apply()
    Interrupt.listen()
    do {
      try evaluate()
    } catch is RunInterruption {
      Console.note("interrupted; no scores were written")
      throw ExitCode(130)
    }
  }

  private func evaluate() throws {
    // What can be wrong is looked at before anything slow.
    try answering.check()
    if let json { try AnswerFiles.checkWritable(json) }
    let seed = answering.seed ?? 0
    let files = try PromptArgument.files(prompts)
    let phrasings = try phrasing.split(separator: ",", omittingEmptySubsequences: false).map {
      try EvaluationPhrasing(name: $0.trimmingCharacters(in: .whitespaces), files: files)
    }
    if !files.isEmpty, !phrasings.contains(where: { $0.name == "file" }) {
      throw ReportableError(.usage, "--prompts is used by --phrasing file alone; add it")
    }
    if !colors.isEmpty { _ = try ColorsArgument.palette(colors) }
    let splitName = split ?? dataset.defaultSplit(in: root)
    let source = try dataset.open(root: root, split: splitName)
    var questions = QuestionSettings(
      tasks: tasks.isEmpty ? nil : Set(tasks), rules: rules, pictureLimit: limit, seed: seed,
      negativesPerPositive: negatives, depthCrop: eigenCrop ? .eigen : nil,
      unreadable: skipUnreadable ? .skip : .fail)
    try Evaluator.check(source, questions)
    if let report { try ReportFolder(report).prepare() }
    let loaded =
      oracle && model == nil
      ? nil
      : try InstructModel.load(
        path: ModelLocator.locate(model ?? ModelLocator.defaultName).path, autoencoderPath: vae,
        purpose: .inference(precision: answering.precision ?? .fp32))
    let answers = try loaded.map { try answering.settingsByTask(for: $0.card) }
    let width = outlineWidth ?? loaded?.card.outlineWidth ?? 4
    questions.suite = TaskSuite(detection: DetectionTask(outlineWidth: width))
    let names = colors.isEmpty ? loaded?.card.verdictColors ?? [] : colors
    if !names.isEmpty { questions.palette = try ColorsArgument.palette(names) }
    let origin: AnswerOrigin = oracle ? .oracle : throughAutoencoder ? .autoencoder : .model
    if origin == .model { answering.warn(of: loaded?.statedSampler) }
    let evaluator = try Evaluator(
      of: source, questions: questions, origin: origin, model: loaded, answers: answers,
      batchSize: batch, keptCaseCount: report == nil ? 0 : cases)
    let conditions = EvaluationConditions(
      dataset: dataset.rawValue, split: splitName, limit: limit, rules: rules, origin: origin,
      model: loaded?.card.name, autoencoder: vae, answers: origin == .model ? answers : nil,
      outlineWidth: width, negativesPerPositive: negatives, seed: seed)
    Console.note(
      "\(dataset.rawValue) \(splitName), answers from \(conditions.model ?? origin.rawValue), "
        + "seed \(seed)")
    let runs = try phrasings.map { try ask(evaluator, $0) }
    if let first = runs.first { warn(of: first) }
    try finish(EvaluationResult(conditions, runs: runs))
  }

  /// Says what is missing from the scores, which is the same for every phrasing.
  private func warn(of run: EvaluationRun) {
    for picture in run.leftOut { Console.warning("left out: \(picture.reason)") }
    if !run.tasksWithoutQuestions.isEmpty {
      Console.warning(
        "the data set holds no questions of \(run.tasksWithoutQuestions.names); the other tasks "
          + "are scored")
    }
  }

  private func ask(_ evaluator: Evaluator, _ phrasing: EvaluationPhrasing) throws -> EvaluationRun {
    var meter: ProgressMeter?
    let run = try evaluator.run(phrasing) { progress in
      try RunSession.stopIfAsked()
      if meter == nil { meter = ProgressMeter(phrasing.name, total: progress.totalPictureCount) }
      meter?.update(progress.pictureCount, note: "\(progress.answeredCount) answers")
    }
    let reading = TaskKind.allCases.compactMap { task in
      run.times.reading[task].map {
        String(format: "%@ %.1f ms", task.rawValue, 1000 * $0.seconds / Double(max($0.count, 1)))
      }
    }
    Console.detail(
      String(format: "painting %.1f s; reading an answer: ", run.times.painting)
        + reading.joined(separator: ", "))
    return run
  }

  private func finish(_ result: EvaluationResult) throws {
    if result.runs.count == 1, let run = result.runs.first {
      for table in run.tables { Console.result(table.text) }
    }
    Console.result(result.comparison.text)
    if let json {
      try AtomicFile.write(result.json(), to: json)
      Console.note("scores: \(json)")
    }
    if let report {
      Console.note("report: \(try result.report.write(to: report))")
    }
  }
}

/// `--prompts task=file`
enum PromptArgument {
  static func files(_ arguments: [String]) throws -> [PromptFile] {
    try arguments.map { argument in
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let task = TaskKind(rawValue: parts[0]) else {
        throw ReportableError(
          .usage,
          "--prompts takes task=file with a task of "
            + TaskKind.allCases.map(\.rawValue).joined(separator: ", ") + ", not \"\(argument)\"")
      }
      return try PromptFile(path: parts[1], task: task)
    }
  }
}

extension EvaluationProtocol: ExpressibleByArgument {}
