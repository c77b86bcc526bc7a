import Answering
import Diffusion
import Foundation
import Imaging
import Kernels
import Platform
import VisionTasks

/// The model of a run, before its weights are read.
struct RunModel {
  let location: ModelLocator.Location
  /// The absolute path of an autoencoder for the place of the model's own.
  let autoencoderPath: String?
  let outline: ModelOutline

  init(named name: String, autoencoder: String?) throws {
    location = try ModelLocator.locate(name)
    autoencoderPath = autoencoder.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    outline = try ModelOutline(path: location.path, autoencoderPath: autoencoderPath)
  }

  /// Name and digest; reads all of the model's files.
  func identity() throws -> AnswerRecord.Model {
    AnswerRecord.Model(
      name: location.name, autoencoder: autoencoderPath,
      digest: try ContentDigest.of(
        ModelFiles(path: location.path, autoencoderPath: autoencoderPath)))
  }
}

/// A loaded model that answers one question after the other.
struct RunSession {
  private let outline: ModelOutline
  private let answerer: Answerer

  /// - Parameter instruction: the only one that will be asked; any when nil.
  init(_ model: RunModel, precision: WeightPrecision, instruction: Instruction? = nil) throws {
    outline = model.outline
    Console.detail("loading \(model.location.path)")
    answerer = Answerer(
      model: try InstructModel.load(
        path: model.location.path, autoencoderPath: model.autoencoderPath,
        purpose: .inference(precision: precision),
        instructions: instruction.map { [$0.text] }))
    try Self.stopIfAsked()
  }

  /// Paints, reads and writes one answer.
  ///
  /// - Returns: what was read, and the files that were written.
  func answer(
    _ record: AnswerRecord, about picture: Image, files: AnswerFiles, showsSteps: Bool
  ) throws -> (answer: TaskAnswer, files: AnswerFiles) {
    try AnswerEstimate(
      outline, settings: record.settings, width: picture.width, height: picture.height
    ).check()
    var meter = ProgressMeter("painting, step", total: record.settings.steps)
    let painted = try answerer.paint(
      picture, instruction: record.instruction.text, settings: record.settings
    ) { step in
      try Self.stopIfAsked()
      if showsSteps { meter.update(step.index + 1) }
    }
    try Self.stopIfAsked()
    let answer = try answerer.read(painted, of: picture, following: record.instruction)
    let written = try files.write(
      painted.picture, answer: answer, record: record, picture: picture)
    return (answer, written)
  }

  /// Says when the model won't read all of an instruction.
  func warnOfLostWords(_ instruction: Instruction) {
    let length = answerer.model.pipeline.texts.configuration.positionCount
    let lost = answerer.model.tokenizer.truncatedCount(instruction.text, length: length)
    if lost > 0 {
      Console.warning(
        "the model reads \(length - 2) tokens; the last \(lost) of the instruction are left out")
    }
  }

  static func stopIfAsked() throws {
    if Interrupt.isRequested { throw RunInterruption() }
  }
}
