import Answering
import Datasets
import Diffusion
import Foundation
import Imaging
import Platform
import Synchronization
import TensorCore
import VisionTasks

/// Asks everything that a data set can check and scores the answers.
///
/// The scores depend on data set, questions, model and settings alone: neither on the size of
/// batches nor on the number of threads.
public struct Evaluator {
  /// How far an evaluation is.
  public struct Progress: Sendable {
    /// Pictures whose questions have been made, and all.
    public let pictureCount: Int
    public let totalPictureCount: Int
    /// Questions answered.
    public let answeredCount: Int
  }

  private let source: any PictureSource
  private let questions: QuestionSettings
  private let painter: any AnswerPainter
  private let batchSize: Int
  private let keptCaseCount: Int

  /// An evaluation of what `origin` paints.
  ///
  /// - Parameters:
  ///   - model: needed unless `origin` is the oracle; the oracle works at its size when given, and
  ///     at each picture's own otherwise.
  ///   - answers: how the model is asked about each task; by its card when nil. The seed is
  ///     `questions`' own.
  ///   - batchSize: questions that are answered together.
  ///   - keptCaseCount: so many of each task's worst answers are kept with their pictures.
  /// - Throws: ``ReportableError``: `usage` for settings that the model can't follow; see also
  ///   ``check(_:_:)``.
  public init(
    of source: any PictureSource, questions: QuestionSettings, origin: AnswerOrigin,
    model: InstructModel?, answers: [TaskKind: AnswerSettings]? = nil, batchSize: Int = 8,
    keptCaseCount: Int = 0
  ) throws {
    require(batchSize >= 1 && keptCaseCount >= 0, "a batch needs a question")
    try Self.check(source, questions)
    guard questions.palette.count >= 2 else {
      throw ReportableError(.usage, "verdicts need at least two colours")
    }
    self.source = source
    self.questions = questions
    self.batchSize = batchSize
    self.keptCaseCount = keptCaseCount
    let settings = model.map { answers ?? AnswerSettings.byTask($0.card) }
    try settings?.values.forEach { try $0.validate() }
    let oracle = OraclePainter(
      suite: questions.suite,
      frame: model.map { model in
        let (card, multiple) = (model.card, model.pipeline.sizeMultiple)
        return { task, width, height in
          try (settings?[task] ?? AnswerSettings(card, task: task)).pictureFraming(
            width: width, height: height, multiple: multiple)
        }
      })
    switch (origin, model, settings) {
    case (.oracle, _, _): painter = oracle
    case (.autoencoder, let model?, _): painter = AutoencoderPainter(model: model, oracle: oracle)
    case (.model, let model?, let settings?):
      painter = try ModelPainter(model, settings: settings)
    default:
      throw ReportableError(.usage, "a model is needed; give one with --model")
    }
  }

  /// Refuses, without a model, questions that can't all be asked.
  ///
  /// - Throws: ``ReportableError``: `usage` for tasks that the data set can't check, `missingInput`
  ///   for files that aren't there, unless `questions` leaves unreadable pictures out.
  public static func check(_ source: any PictureSource, _ questions: QuestionSettings) throws {
    require(questions.tasks?.isEmpty != true, "an evaluation needs a task")
    let impossible = questions.tasks(of: source).subtracting(source.tasks)
    guard impossible.isEmpty else {
      throw ReportableError(
        .usage, "\(source.name) can't check \(impossible.names); it knows \(source.tasks.names)")
    }
    if questions.unreadable == .fail {
      try SourceFiles.check(source, at: questions.pictureIndices(of: source))
    }
  }

  /// Asks everything in one phrasing.
  ///
  /// - Parameter progress: called after every step of the sampler; may throw to stop.
  /// - Throws: ``ReportableError``: for unreadable pictures and annotations, unless they are left
  ///   out, and when there is no question at all; what `progress` throws.
  public func run(
    _ phrasing: EvaluationPhrasing, progress: (Progress) throws -> Void = { _ in }
  ) throws -> EvaluationRun {
    let maker = QuestionMaker(source, settings: questions, phrasing: phrasing)
    let indices = questions.pictureIndices(of: source)
    var work = Work(evaluator: self)
    var waiting: [Batch: [EvaluationQuestion]] = [:]
    var order: [Batch] = []
    var questionCount = 0
    var leftOut: [LeftOutPicture] = []
    func report(_ pictures: Int, _ answered: Int) throws {
      try progress(
        Progress(
          pictureCount: pictures, totalPictureCount: indices.count, answeredCount: answered))
    }
    for (number, index) in indices.enumerated() {
      try report(number, work.outcomes.count)
      let made: [EvaluationQuestion]
      do {
        made = try maker.questions(
          at: index, pictureNumber: number, firstNumber: questionCount, frame: painter.framing)
      } catch let error as ReportableError where questions.unreadable == .skip {
        guard let picture = LeftOutPicture(id: source.pictureID(at: index), error) else {
          throw error
        }
        leftOut.append(picture)
        continue
      }
      questionCount += made.count
      for question in made {
        let kind = Batch(
          size: question.picture.framing.working, way: painter.way(of: question.task))
        if waiting[kind] == nil { order.append(kind) }
        waiting[kind, default: []].append(question)
        guard let full = waiting[kind], full.count >= batchSize else { continue }
        waiting[kind] = []
        try work.answer(full) { try report(number, $0) }
      }
    }
    for kind in order {
      guard let rest = waiting[kind], !rest.isEmpty else { continue }
      try work.answer(rest) { try report(indices.count, $0) }
    }
    try report(indices.count, work.outcomes.count)
    if work.outcomes.isEmpty { throw noQuestions(leftOut, pictureCount: indices.count) }
    return EvaluationRun(
      phrasing: phrasing.name, rules: questions.rules,
      depth: DepthParameters(rules: questions.rules, crop: questions.depthCrop),
      tasks: questions.tasks(of: source), classes: maker.classes,
      pictureCount: indices.count - leftOut.count, leftOut: leftOut,
      outcomes: work.outcomes.sorted { $0.number < $1.number }, cases: work.cases.sorted,
      times: work.times)
  }

  /// Questions that can be answered together.
  private struct Batch: Hashable {
    let size: WorkingSize
    let way: AnswerSettings?
  }

  private func noQuestions(_ leftOut: [LeftOutPicture], pictureCount: Int) -> ReportableError {
    if let first = leftOut.first, leftOut.count == pictureCount {
      return ReportableError(
        .badData, "none of the \(pictureCount) pictures can be read; the first: \(first.reason)")
    }
    return ReportableError(
      .badData,
      "\(source.name) holds no questions of \(questions.tasks(of: source).names); choose another "
        + "split or other tasks")
  }

  /// What accumulates during a run.
  private struct Work {
    let evaluator: Evaluator
    let reader: AnswerReader
    var outcomes: [QuestionOutcome] = []
    var cases: WorstCases
    var times = EvaluationTimes()

    init(evaluator: Evaluator) {
      self.evaluator = evaluator
      reader = AnswerReader(
        suite: evaluator.questions.suite,
        depth: DepthParameters(
          rules: evaluator.questions.rules, crop: evaluator.questions.depthCrop))
      cases = WorstCases(keptCount: evaluator.keptCaseCount)
    }

    mutating func answer(
      _ batch: [EvaluationQuestion], onStep: (_ answeredCount: Int) throws -> Void
    ) throws {
      let clock = ContinuousClock()
      let start = clock.now
      let answered = outcomes.count
      let painted = try evaluator.painter.paint(batch) { try onStep(answered) }
      times.painting += (clock.now - start) / .seconds(1)
      let reader = reader
      let results = Self.concurrently(batch.count) { index in
        let start = clock.now
        let answer = try reader.read(painted[index], of: batch[index])
        let seconds = (clock.now - start) / .seconds(1)
        return (answer, try reader.outcome(answer, to: batch[index]), seconds)
      }
      for (index, result) in results.enumerated() {
        let (answer, outcome, seconds) = try result.get()
        times.addReading(of: batch[index].task, seconds: seconds)
        cases.consider(outcome, batch[index], painted: painted[index], answer: answer)
        outcomes.append(outcome)
      }
    }

    private static func concurrently<Value: Sendable>(
      _ count: Int, _ body: (Int) throws -> Value
    ) -> [Result<Value, any Error>] {
      let results = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
      Parallel.forEachRange(count) { range in
        for index in range {
          let result = Result { try body(index) }
          results.withLock { $0[index] = result }
        }
      }
      return results.withLock { $0.compactMap(\.self) }
    }
  }
}

/// Where the time of a run went. Not part of its result: that is the same every time.
public struct EvaluationTimes: Sendable {
  /// Seconds spent painting answers.
  public internal(set) var painting = 0.0
  /// Seconds of one core spent reading answers, and their number.
  public private(set) var reading: [TaskKind: (seconds: Double, count: Int)] = [:]

  mutating func addReading(of task: TaskKind, seconds: Double) {
    let known = reading[task] ?? (0, 0)
    reading[task] = (known.seconds + seconds, known.count + 1)
  }
}
