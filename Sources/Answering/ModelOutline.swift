import Diffusion
import Models
import Platform

/// What a model says about itself in its configurations, or in the shapes of its weights where it has
/// none; the weights are not read.
public struct ModelOutline: Sendable {
  public let unet: UNetConfiguration
  public let autoencoder: AutoencoderConfiguration
  public let textEncoder: TextEncoderConfiguration
  public let schedule: ScheduleConfiguration
  public let card: ModelCard
  /// What the card's sampler was taken from; nil when the model has a card of its own.
  public let statedSampler: StatedSampler?

  /// - Throws: ``ReportableError`` that tells all that is missing or wrong.
  public init(path: String, autoencoderPath: String? = nil) throws {
    try self.init(try ModelFiles(path: path, autoencoderPath: autoencoderPath))
  }

  /// - Throws: ``ReportableError`` that tells all that is missing or wrong with `files`.
  public init(_ files: ModelFiles) throws {
    try files.requireWhole(isForEditing: true)
    guard let unet = files.unet, let autoencoder = files.autoencoder,
      let textEncoder = files.textEncoder, let schedule = files.schedule
    else { throw ReportableError(.badData, "is not a whole model", path: files.path) }
    self.unet = unet.configuration
    self.autoencoder = autoencoder.configuration
    self.textEncoder = textEncoder.configuration
    self.schedule = schedule
    card = files.card
    statedSampler = files.hasOwnCard ? nil : files.statedSampler
  }

  /// Sides of pictures are multiples of this.
  public var sizeMultiple: Int { autoencoder.reduction * unet.sizeMultiple }

  /// Checks settings that this model can't work with.
  ///
  /// - Throws: ``ReportableError`` (`usage`).
  public func check(_ settings: AnswerSettings) throws {
    try settings.validate()
    guard settings.steps <= schedule.timestepCount else {
      throw ReportableError(
        .usage, "\(settings.steps) steps; this model has at most \(schedule.timestepCount)")
    }
    _ = try settings.pictureFraming(width: 1, height: 1, multiple: sizeMultiple)
  }
}
