import Imaging
import VisionTasks

/// All answers to the questions of one phrasing, and their scores.
public struct EvaluationRun: Sendable {
  /// ``EvaluationPhrasing/name``.
  public let phrasing: String
  /// Pictures that were asked about.
  public let pictureCount: Int
  /// Pictures that should have been asked about, but can't be read.
  public let leftOut: [LeftOutPicture]
  public let questionCount: Int
  /// Tasks of which no picture gave a question though they were to be asked, in the order of
  /// ``VisionTasks/TaskKind``.
  public let tasksWithoutQuestions: [TaskKind]
  /// nil for tasks that were not asked, as are the others.
  public let segmentation: SegmentationScores?
  public let detection: DetectionScores?
  public let depth: DepthScores?
  public let classification: ClassificationScores?
  public let times: EvaluationTimes
  /// In the order of the questions.
  let outcomes: [QuestionOutcome]
  /// The worst answers of each task, worst first.
  let cases: [TaskKind: [EvaluationCase]]

  /// - Parameters:
  ///   - tasks: those that were to be asked.
  ///   - classes: the names that the outcomes' class indices point into; those that no question
  ///     names are left out of each table.
  init(
    phrasing: String, rules: EvaluationProtocol, depth parameters: DepthParameters,
    tasks: Set<TaskKind>, classes: [String], pictureCount: Int, leftOut: [LeftOutPicture],
    outcomes: [QuestionOutcome], cases: [TaskKind: [EvaluationCase]], times: EvaluationTimes
  ) {
    self.phrasing = phrasing
    self.pictureCount = pictureCount
    self.leftOut = leftOut
    self.outcomes = outcomes
    self.cases = cases
    self.times = times
    questionCount = outcomes.count
    let byTask = Dictionary(grouping: outcomes, by: \.instruction.task)
    tasksWithoutQuestions = TaskKind.allCases.filter { tasks.contains($0) && byTask[$0] == nil }
    func asked(_ outcomes: [QuestionOutcome]) -> (names: [String], place: [Int: Int]) {
      let indices = Set(outcomes.compactMap(\.classIndex)).sorted()
      return (
        indices.map { classes[$0] },
        Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
      )
    }
    segmentation = byTask[.segmentation].map { outcomes in
      let (names, place) = asked(outcomes)
      var tally = SegmentationTally(classes: names)
      for outcome in outcomes {
        guard case .mask(let counts) = outcome.content, let index = outcome.classIndex else {
          continue
        }
        tally.add(
          image: "\(outcome.pictureNumber)", classIndex: place[index] ?? 0, counts: counts)
      }
      return tally.scores(rules)
    }
    detection = byTask[.detection].map { outcomes in
      let (names, place) = asked(outcomes)
      return .coco(Self.samples(outcomes, place: place), classes: names, rules: rules)
    }
    depth = byTask[.depth].map { outcomes in
      var tally = DepthTally(parameters)
      for outcome in outcomes {
        if case .depth(let one) = outcome.content { tally.merge(one) }
      }
      return tally.scores()
    }
    classification = byTask[.classification].map { outcomes in
      let (names, place) = asked(outcomes)
      var tally = ClassificationTally(classes: names)
      for outcome in outcomes {
        guard case .verdict(let truth, let answer) = outcome.content,
          let index = outcome.classIndex
        else { continue }
        tally.add(classIndex: place[index] ?? 0, truth: truth, answer: answer.isPresent)
      }
      return tally.scores()
    }
  }

  /// Everything asked about one picture is one image of the evaluation.
  private static func samples(
    _ outcomes: [QuestionOutcome], place: [Int: Int]
  ) -> [DetectionSample] {
    var samples: [DetectionSample] = []
    var lastPicture: Int?
    for outcome in outcomes {
      guard case .boxes(var truths, var found) = outcome.content else { continue }
      let classIndex = outcome.classIndex.flatMap { place[$0] } ?? 0
      for index in truths.indices { truths[index].classIndex = classIndex }
      for index in found.indices { found[index].classIndex = classIndex }
      if outcome.pictureNumber != lastPicture {
        samples.append(DetectionSample(truths: [], detections: []))
        lastPicture = outcome.pictureNumber
      }
      samples[samples.count - 1].truths += truths
      samples[samples.count - 1].detections += found
    }
    return samples
  }

  /// The scores of each task asked, in the order of ``VisionTasks/TaskKind``.
  var sheets: [(task: TaskKind, sheet: any ScoreSheet)] {
    let all: [(TaskKind, (any ScoreSheet)?)] = [
      (.segmentation, segmentation), (.detection, detection), (.depth, depth),
      (.classification, classification),
    ]
    return all.compactMap { task, sheet in sheet.map { (task, $0) } }
  }

  /// The numbers of the paper's table, as far as they were measured.
  var headlines: [ScoreFigure] {
    var figures: [ScoreFigure] = []
    if let segmentation { figures.append(segmentation.figures[0]) }
    if let detection {
      figures += [
        ScoreFigure("mAP@0.5", detection.averagePrecision50),
        ScoreFigure("AP", detection.averagePrecision),
      ]
    }
    if let depth { figures += depth.averaged.figures.prefix(5) }
    if let classification { figures.append(ScoreFigure("accuracy", classification.accuracy)) }
    return figures
  }

  /// Per-class tables and summaries of every task, for the terminal.
  public var tables: [ScoreTable] {
    var tables: [ScoreTable] = []
    for (_, sheet) in sheets { tables += sheet.classTable.map { [$0] } ?? [] }
    if let depth { tables.append(depth.summaryTable) }
    return tables
  }
}

extension EvaluationRun: Encodable {
  private enum CodingKeys: String, CodingKey {
    case phrasing, pictureCount, leftOutPictureCount, leftOutPictures, questionCount
    case segmentation, detection, depth, classification, answers
  }

  /// Scores by task (absent where nothing was asked), then every question with its own score.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(phrasing, forKey: .phrasing)
    try container.encode(pictureCount, forKey: .pictureCount)
    try container.encode(leftOut.count, forKey: .leftOutPictureCount)
    try container.encode(leftOut.map(\.id), forKey: .leftOutPictures)
    try container.encode(questionCount, forKey: .questionCount)
    try container.encodeIfPresent(segmentation, forKey: .segmentation)
    try container.encodeIfPresent(detection, forKey: .detection)
    try container.encodeIfPresent(depth, forKey: .depth)
    try container.encodeIfPresent(classification, forKey: .classification)
    try container.encode(outcomes.map(AnswerRecord.init), forKey: .answers)
  }

  /// One question in the JSON file.
  private struct AnswerRecord: Encodable {
    let picture: String
    let task: TaskKind
    let category: String?
    let instruction: String
    let seed: UInt64
    let score: Score
    let note: String

    init(_ outcome: QuestionOutcome) {
      picture = outcome.pictureID
      task = outcome.instruction.task
      category = outcome.instruction.category
      instruction = outcome.instruction.text
      seed = outcome.seed
      score = outcome.score
      note = outcome.note
    }
  }
}
