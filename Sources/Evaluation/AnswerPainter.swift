import Answering
import Diffusion
import Imaging
import Platform
import TensorCore
import VisionTasks

/// Who paints the answers that are scored.
public enum AnswerOrigin: String, Codable, CaseIterable, Sendable {
  /// The model.
  case model
  /// Nobody: the painted targets are read back, which shows what reading alone loses.
  case oracle
  /// The model's autoencoder, encoding and decoding the targets: what no denoiser can do better.
  case autoencoder
}

/// Something that paints answers at the model's size.
protocol AnswerPainter {
  /// How a picture of this size is brought to the model's size for a question of `task`.
  func framing(for task: TaskKind, width: Int, height: Int) throws -> PictureFraming

  /// What questions must share to be painted together; nil where it is all the same.
  func way(of task: TaskKind) -> AnswerSettings?

  /// The painted answers to questions whose pictures have one size at the model's.
  ///
  /// - Parameter onStep: called now and then; may throw to stop.
  func paint(_ questions: [EvaluationQuestion], onStep: () throws -> Void) throws -> [Image]
}

extension AnswerPainter {
  func way(of task: TaskKind) -> AnswerSettings? { nil }
}

/// Paints what is right.
struct OraclePainter: AnswerPainter {
  let suite: TaskSuite
  /// The model's size; nil works at each picture's own.
  let frame: (@Sendable (TaskKind, _ width: Int, _ height: Int) throws -> PictureFraming)?

  func framing(for task: TaskKind, width: Int, height: Int) throws -> PictureFraming {
    if let frame { return try frame(task, width, height) }
    return try PictureFraming(
      width: width, height: height, resolution: max(width, height), multiple: 1, rule: .fit)
  }

  func paint(_ questions: [EvaluationQuestion], onStep: () throws -> Void) throws -> [Image] {
    questions.map(target)
  }

  /// The target at the model's size. Outlines are drawn there: their width is meant in its pixels.
  func target(of question: EvaluationQuestion) -> Image {
    let framing = question.picture.framing
    guard case .boxes(let truths) = question.truth else {
      return framing.prepared(question.target)
    }
    let boxes = truths.map { framing.framed($0.extent.box) }
    return suite.detection.paint(
      .init(category: question.instruction.category ?? "", boxes: boxes),
      on: question.picture.prepared)
  }
}

extension PictureFraming {
  /// A box of the picture in the pixels of the model's picture: undoes ``restored(_:)``.
  func framed(_ box: Box) -> Box {
    let unit = restored(Box(left: 0, top: 0, right: 1, bottom: 1))
    return Box(
      left: (box.left - unit.left) / unit.width, top: (box.top - unit.top) / unit.height,
      right: (box.right - unit.left) / unit.width, bottom: (box.bottom - unit.top) / unit.height)
  }
}

/// Sends what is right through a model's autoencoder.
struct AutoencoderPainter: AnswerPainter {
  let model: InstructModel
  let oracle: OraclePainter

  func framing(for task: TaskKind, width: Int, height: Int) throws -> PictureFraming {
    try oracle.framing(for: task, width: width, height: height)
  }

  func paint(_ questions: [EvaluationQuestion], onStep: () throws -> Void) throws -> [Image] {
    let autoencoder = model.pipeline.autoencoder
    return try questions.map { question in
      try onStep()
      let posterior = autoencoder.encode(oracle.target(of: question).tensor)
      return Image(autoencoder.decode(posterior.mean))
    }
  }
}
