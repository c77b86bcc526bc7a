import Diffusion
import Imaging
import Platform
import TensorCore
import VisionTasks

/// A painted answer, before and after it is brought to the picture's size.
public struct PaintedAnswer: Sendable {
  public let framing: PictureFraming
  /// What the model saw.
  public let prepared: Image
  /// What the model painted, at its own size.
  public let painted: Image
  /// Evaluations of the UNet, counted per picture.
  public let passCount: Int

  /// The painting at the size of the picture.
  public var picture: Image { framing.restored(painted) }
}

/// Asks one model about pictures: prepares them, samples, and reads the answers.
public struct Answerer: Sendable {
  public let model: InstructModel
  public let tasks: TaskSuite

  /// - Parameter tasks: how answers are read; by the model's card when nil.
  public init(model: InstructModel, tasks: TaskSuite? = nil) {
    self.model = model
    self.tasks =
      tasks ?? TaskSuite(detection: DetectionTask(outlineWidth: model.card.outlineWidth))
  }

  /// Paints the answer to `instruction` about `picture`.
  ///
  /// - Parameter onStep: called after each sampler step; may throw to stop.
  /// - Throws: ``ReportableError`` for impossible settings; what `onStep` throws.
  public func paint(
    _ picture: Image, instruction: String, settings: AnswerSettings,
    onStep: (SamplerStep) throws -> Void = { _ in }
  ) throws -> PaintedAnswer {
    try settings.validate()
    let framing = try settings.pictureFraming(
      width: picture.width, height: picture.height, multiple: model.pipeline.sizeMultiple)
    let prepared = framing.prepared(picture)
    let guidance = try settings.guidanceFormula()
    let plan = try settings.samplerPlan(schedule: model.pipeline.schedule)
    let request = EditPipeline.Request(
      pictures: prepared.tensor, tokens: [model.tokens(of: instruction)],
      nullTokens: model.tokens(of: ""), guidance: guidance, plan: plan)
    let latent = try sampled(
      model.pipeline.run(request, noise: settings.noise(seeds: [settings.seed])), onStep: onStep)
    MemoryPool.trim()
    return PaintedAnswer(
      framing: framing, prepared: prepared,
      painted: Image(model.pipeline.picture(of: latent)),
      passCount: plan.evaluationCount * guidance.passCount)
  }

  /// Runs the sampler to its end, which is the end of what it holds, too.
  private func sampled(
    _ sampler: consuming Sampler, onStep: (SamplerStep) throws -> Void
  ) throws -> Tensor {
    // The maps of one part are of no use to the next.
    MemoryPool.trim()
    while let step = sampler.next() { try onStep(step) }
    return sampler.latent
  }

  /// Reads what was painted, in the pixels of `picture`.
  ///
  /// Thin outlines and colours are read at the model's own size, masks and depth at the picture's.
  public func read(
    _ answer: PaintedAnswer, of picture: Image, following instruction: Instruction
  ) throws -> TaskAnswer {
    switch instruction.task {
    case .segmentation, .depth:
      return try tasks.read(answer.picture, of: picture, following: instruction)
    case .classification:
      return try tasks.read(answer.painted, of: answer.prepared, following: instruction)
    case .detection:
      let found = try tasks.detection.read(
        answer.painted, of: answer.prepared, following: instruction)
      return .detection(
        DetectionAnswer(
          width: picture.width, height: picture.height,
          detections: found.detections.map {
            Detection(box: answer.framing.restored($0.box), score: $0.score)
          }))
    }
  }
}
