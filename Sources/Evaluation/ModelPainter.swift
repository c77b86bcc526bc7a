import Answering
import Diffusion
import Imaging
import Platform
import TensorCore
import VisionTasks

/// Asks a model, several questions at a time. Pictures and texts are encoded once, however many
/// questions share them, and each answer has random numbers of its own.
final class ModelPainter: AnswerPainter {
  private let model: InstructModel
  private let settings: [TaskKind: AnswerSettings]
  private let nullText: Tensor
  private var texts: [String: Tensor] = [:]
  private var latents: [PreparedPicture: Tensor] = [:]

  /// One picture at one of the sizes that tasks ask for.
  private struct PreparedPicture: Hashable {
    let number: Int
    let framing: PictureFraming

    init(_ picture: EvaluatedPicture) {
      number = picture.number
      framing = picture.framing
    }
  }

  /// So many encoded texts are kept; 77 tokens of Stable Diffusion's width take 240 KB.
  private static let keptTextCount = 512

  /// So many encoded pictures are kept at least: their questions come one task after the other.
  private static let keptLatentCount = 64

  /// - Parameter settings: of every task.
  /// - Throws: ``ReportableError`` (`usage`) for impossible settings.
  init(_ model: InstructModel, settings: [TaskKind: AnswerSettings]) throws {
    self.model = model
    self.settings = settings
    for settings in settings.values {
      try settings.validate()
      _ = try settings.samplerPlan(schedule: model.pipeline.schedule)
    }
    nullText = model.pipeline.texts([model.tokens(of: "")])
  }

  func framing(for task: TaskKind, width: Int, height: Int) throws -> PictureFraming {
    try settings(of: task).pictureFraming(
      width: width, height: height, multiple: model.pipeline.sizeMultiple)
  }

  func way(of task: TaskKind) -> AnswerSettings? { settings[task] }

  private func settings(of task: TaskKind) -> AnswerSettings {
    settings[task] ?? AnswerSettings(model.card, task: task)
  }

  func paint(_ questions: [EvaluationQuestion], onStep: () throws -> Void) throws -> [Image] {
    guard let first = questions.first else { return [] }
    let settings = settings(of: first.task)
    let plan = try settings.samplerPlan(schedule: model.pipeline.schedule)
    if latents.count >= Self.keptLatentCount {
      let wanted = Set(questions.map { PreparedPicture($0.picture) })
      latents = latents.filter { wanted.contains($0.key) }
    }
    let pictureLatent = Self.batch(questions.map { latent(of: $0.picture) })
    let text = Self.batch(questions.map { self.text(of: $0.instruction.text) })
    var sampler = try model.pipeline.run(
      pictureLatent: pictureLatent, text: text, nullText: nullText,
      guidance: settings.guidanceFormula(), plan: plan,
      noise: settings.noise(seeds: questions.map(\.seed)))
    while sampler.next() != nil { try onStep() }
    let latents = sampler.latent
    return try questions.indices.map { index in
      try onStep()
      return Image(model.pipeline.picture(of: latents[leading: index..<index + 1]))
    }
  }

  /// `[1, ...]` each to `[N, ...]`.
  private static func batch(_ tensors: [Tensor]) -> Tensor {
    let rest = tensors.first.map { Array($0.shape.dims.dropFirst()) } ?? []
    return Tensor.stacked(tensors).reshaped(Shape([tensors.count] + rest))
  }

  private func latent(of picture: EvaluatedPicture) -> Tensor {
    let key = PreparedPicture(picture)
    if let known = latents[key] { return known }
    let latent = model.pipeline.autoencoder.conditioningLatent(of: picture.prepared.tensor)
    latents[key] = latent
    return latent
  }

  private func text(of instruction: String) -> Tensor {
    if let known = texts[instruction] { return known }
    if texts.count >= Self.keptTextCount { texts = [:] }
    let text = model.pipeline.texts([model.tokens(of: instruction)])
    texts[instruction] = text
    return text
  }
}
