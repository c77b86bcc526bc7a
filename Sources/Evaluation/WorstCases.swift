import Imaging
import VisionTasks

/// One answer with its pictures.
struct EvaluationCase: Sendable {
  let outcome: QuestionOutcome
  let question: EvaluationQuestion
  /// At the model's size.
  let painted: Image
  let answer: TaskAnswer

  /// What was painted, at the picture's size.
  var restored: Image { question.picture.framing.restored(painted) }

  /// The decoded answer over the picture: masks are green where right, red where wrong and blue where
  /// missing; found boxes red over true green ones; errors of depth from 0 to 2 m in colours.
  var overlay: Image? {
    var image = question.picture.image
    switch (answer, question.truth) {
    case (.segmentation(let answer), .mask(let truth, _)):
      image.blend(answer.mask.intersection(truth), color: Color(0, 200, 60), opacity: 0.55)
      image.blend(answer.mask.subtracting(truth), color: Color(230, 30, 30), opacity: 0.55)
      image.blend(truth.subtracting(answer.mask), color: Color(40, 80, 255), opacity: 0.55)
      return image
    case (.detection(let answer), .boxes(let truths)):
      let stroke = max(1, min(image.width, image.height) / 200)
      for truth in truths {
        image.strokeBox(truth.extent.box, color: Color(0, 200, 60), width: stroke)
      }
      for found in answer.detections {
        image.strokeBox(found.box, color: Color(230, 30, 30), width: stroke)
      }
      return image
    case (.depth(let answer), .depth(let truth)):
      let errors = zip(answer.metres.elements, truth.elements).map { found, real in
        real > 0 ? abs(found - real) : .nan
      }
      return Plane(width: truth.width, height: truth.height, elements: errors)
        .colored(.spectrum, range: 0...2)
    default: return nil
    }
  }
}

/// Keeps the worst answers of each task; which ones does not depend on the order they come in.
struct WorstCases {
  let keptCount: Int
  private var cases: [TaskKind: [EvaluationCase]] = [:]

  init(keptCount: Int) { self.keptCount = keptCount }

  mutating func consider(
    _ outcome: QuestionOutcome, _ question: EvaluationQuestion, painted: Image, answer: TaskAnswer
  ) {
    guard keptCount > 0, outcome.score.value != nil else { return }
    let new = EvaluationCase(
      outcome: outcome, question: question, painted: painted, answer: answer)
    var kept = cases[question.task, default: []]
    if kept.count >= keptCount, let best = kept.last, !Self.isWorse(new, best) { return }
    let place = kept.firstIndex { Self.isWorse(new, $0) } ?? kept.count
    kept.insert(new, at: place)
    if kept.count > keptCount { kept.removeLast() }
    cases[question.task] = kept
  }

  /// Worst first.
  var sorted: [TaskKind: [EvaluationCase]] { cases }

  private static func isWorse(_ first: EvaluationCase, _ second: EvaluationCase) -> Bool {
    let direction = QuestionOutcome.sampleScore(of: first.question.task).direction
    let sign = direction == .lowerIsBetter ? -1.0 : 1.0
    let (a, b) = (sign * (first.outcome.score.value ?? 0), sign * (second.outcome.score.value ?? 0))
    return a == b ? first.outcome.number < second.outcome.number : a < b
  }
}
