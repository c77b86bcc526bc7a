import Answering
import Imaging
import Platform
import VisionTasks

/// How one question was answered, without the pictures.
struct QuestionOutcome: Sendable {
  /// What the scores of a whole data set are made of.
  enum Content: Sendable {
    case mask(SegmentationTally.Counts)
    case boxes(truths: [TruthBox], found: [DetectedBox])
    case depth(DepthTally)
    case verdict(truth: Bool, answer: ClassificationAnswer)
  }

  let number: Int
  let pictureNumber: Int
  let pictureID: String
  let instruction: Instruction
  let classIndex: Int?
  let seed: UInt64
  let content: Content
  /// The answer's own score, see ``sampleScore(of:)``.
  let score: Score
  /// The answer in words.
  let note: String

  /// How the score of one answer is called, written and ordered.
  static func sampleScore(of task: TaskKind) -> ScoreFigure {
    switch task {
    case .segmentation: ScoreFigure("IoU", .absent)
    case .detection: ScoreFigure("F1@0.5", .absent)
    case .depth: ScoreFigure("RMSE", .absent, .number(decimals: 3, unit: "m"), .lowerIsBetter)
    case .classification: ScoreFigure("margin", .absent, .number(decimals: 2))
    }
  }
}

/// Reads painted answers and compares them with the truth.
struct AnswerReader {
  let suite: TaskSuite
  let depth: DepthParameters

  /// What `painted` (at the model's size) answers, in the pixels of the picture: thin outlines and
  /// colours are read at the model's size, masks and depth at the picture's.
  func read(_ painted: Image, of question: EvaluationQuestion) throws -> TaskAnswer {
    let (picture, framing) = (question.picture, question.picture.framing)
    let instruction = question.instruction
    switch question.task {
    case .segmentation, .depth:
      return try suite.read(framing.restored(painted), of: picture.image, following: instruction)
    case .classification:
      return try suite.read(painted, of: picture.prepared, following: instruction)
    case .detection:
      let found = try suite.detection.read(painted, of: picture.prepared, following: instruction)
      return .detection(
        DetectionAnswer(
          width: picture.image.width, height: picture.image.height,
          detections: found.detections.map {
            Detection(box: framing.restored($0.box), score: $0.score)
          }))
    }
  }

  /// `answer` against the truth of `question`.
  func outcome(_ answer: TaskAnswer, to question: EvaluationQuestion) throws -> QuestionOutcome {
    let content: QuestionOutcome.Content
    let score: Score
    let note: String
    switch (answer, question.truth) {
    case (.segmentation(let answer), .mask(let truth, let ignored)):
      let counts = SegmentationTally.Counts(
        predicted: answer.mask, truth: truth, ignored: ignored)
      content = .mask(counts)
      score = counts.intersectionOverUnion
      note = "\(counts.predicted) of \(counts.truth) pixels, \(counts.intersection) shared"
    case (.detection(let answer), .boxes(let truths)):
      let found = answer.detections.map {
        DetectedBox(classIndex: question.classIndex ?? 0, box: $0.box, score: $0.score)
      }
      let matches = BoxMatches(truths: truths, found: found, overlap: 0.5)
      content = .boxes(truths: truths, found: found)
      score = matches.f1
      note =
        "\(matches.rightCount) of \(matches.truthCount) boxes found, \(matches.wrongCount) wrong"
    case (.depth(let answer), .depth(let truth)):
      var tally = DepthTally(depth)
      let errors = try tally.add(
        image: question.picture.id, predicted: answer.metres, truth: truth)
      content = .depth(tally)
      score = errors.rootMeanSquare
      note = errors.figures[1...2].map { "\($0.name) \($0.text)" }.joined(separator: ", ")
    case (.classification(let answer), .verdict(let truth)):
      content = .verdict(truth: truth, answer: answer)
      score = Score(truth ? answer.margin : -answer.margin)
      note = "\(answer.isPresent ? "yes" : "no"), \(truth ? "yes" : "no") is right"
    default:
      throw ReportableError(
        .internalFailure, "an answer of another task than \(question.task.rawValue) was read")
    }
    return QuestionOutcome(
      number: question.number, pictureNumber: question.picture.number,
      pictureID: question.picture.id, instruction: question.instruction,
      classIndex: question.classIndex, seed: question.seed, content: content, score: score,
      note: note)
  }
}

/// Boxes found in one picture against the true ones, at one overlap: the surest first, each takes
/// the free true box that it overlaps most. Groups absorb what lies in them.
struct BoxMatches {
  private(set) var rightCount = 0
  private(set) var wrongCount = 0
  let truthCount: Int

  init(truths: [TruthBox], found: [DetectedBox], overlap threshold: Double) {
    truthCount = truths.count { !$0.isCrowd }
    var isTaken = [Bool](repeating: false, count: truths.count)
    let order = found.indices.sorted {
      found[$0].score == found[$1].score ? $0 < $1 : found[$0].score > found[$1].score
    }
    for index in order {
      func overlap(_ truth: Int) -> Double {
        found[index].extent.overlap(with: truths[truth].extent, isCrowd: truths[truth].isCrowd)
      }
      let free = truths.indices.filter { !isTaken[$0] && !truths[$0].isCrowd }
      if let best = free.max(by: { overlap($0) < overlap($1) }), overlap(best) >= threshold {
        isTaken[best] = true
        rightCount += 1
      } else if !truths.indices.contains(where: {
        truths[$0].isCrowd && overlap($0) >= threshold
      }) {
        wrongCount += 1
      }
    }
  }

  /// Harmonic mean of precision and recall; absent when there is nothing and nothing was found.
  var f1: Score { .ratio(2 * rightCount, rightCount + wrongCount + truthCount) }
}
