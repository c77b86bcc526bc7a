import Diffusion
import Foundation
import Models
import Platform

/// What a model, or a single part of one, holds; for every layout.
public struct ModelInspection: Encodable, Sendable {
  /// One part with weights.
  public struct Part: Encodable, Sendable {
    public let name: String
    /// The file with the weights, or the index of several.
    public let file: String
    /// The configuration in a few words.
    public let configuration: String
    /// Whose names the tensors have.
    public let dialect: String
    /// What their names start with, with its dot, and where else in the file there is such a part.
    public let prefix: String
    public let otherPrefixes: [String]
    /// Whether these are the moving averages of training.
    public let areAverages: Bool
    public let tensorCount: Int
    public let parameterCount: Int
    /// Of the weights in the file.
    public let byteCount: Int
    /// Elements of each type, by the type's name.
    public let elementCounts: [String: Int]
    public let missing: [String]
    /// Each as `name: found instead of needed`.
    public let misshapen: [String]
    public let unexpected: [String]
    public let unreadable: [String]
    /// Not needed, and of kinds that can't be read.
    public let ignored: [String]

    enum CodingKeys: String, CodingKey {
      case name, file, configuration, dialect, prefix
      case otherPrefixes = "other_prefixes"
      case areAverages = "averages"
      case tensorCount = "tensors"
      case parameterCount = "parameters"
      case byteCount = "bytes"
      case elementCounts = "types"
      case missing, misshapen, unexpected, unreadable, ignored
    }

    init<C>(_ part: OpenedPart<C>) {
      name = C.part.rawValue
      file = part.path
      configuration = part.configuration.summary
      dialect = part.dialect.rawValue
      prefix = part.prefix
      otherPrefixes = part.otherPrefixes
      areAverages = part.areAverages
      tensorCount = part.tensors.tensorNames.count
      parameterCount = part.fit.parameterCount
      byteCount = part.tensors.byteCount
      var counts: [String: Int] = [:]
      for name in part.tensors.tensorNames {
        guard let source = part.tensors[name] else { continue }
        counts[source.type.rawValue, default: 0] += source.elementCount
      }
      elementCounts = counts
      missing = part.fit.missing
      misshapen = part.fit.misshapen
      unexpected = part.fit.unexpected
      unreadable = part.fit.unreadable
      ignored = part.fit.ignored
    }
  }

  public let path: String
  public let layout: String
  /// What kind of model this is, in words.
  public let architecture: String
  public let parts: [Part]
  /// Entries of the tokenizer; nil when there is none.
  public let vocabularyCount: Int?
  public let schedule: String?
  /// The sampler that the model's scheduler asks for and the one that is used, in words.
  public let sampler: String?
  public let sizeMultiple: Int?
  public let card: ModelCard
  /// Tensors of a checkpoint that belong to no part, by the first piece of their names.
  public let leftOutCounts: [String: Int]
  public let digest: String
  /// What keeps the model from being used; nil when nothing does. A single part is no whole model,
  /// and that alone is no failure.
  public let failure: ReportableError?

  enum CodingKeys: String, CodingKey {
    case path, layout, architecture, parts
    case vocabularyCount = "vocabulary"
    case schedule, sampler
    case sizeMultiple = "size_multiple"
    case card
    case leftOutCounts = "left_out"
    case digest
  }

  /// Reads configurations and the headers of the weights, and compares them.
  ///
  /// - Throws: ``ReportableError`` when nothing of a model can be read at `path`.
  public init(
    path: String, autoencoderPath: String? = nil, weights: WeightChoice = .averages
  ) throws {
    let files = try ModelFiles(path: path, autoencoderPath: autoencoderPath, weights: weights)
    var errors = files.errors
    parts = [
      files.unet.map { Part($0) }, files.autoencoder.map { Part($0) },
      files.textEncoder.map { Part($0) },
    ].compactMap { $0 }
    guard !parts.isEmpty else {
      throw errors.combined(at: path)
        ?? ReportableError(.badData, "holds no part of a model", path: path)
    }
    self.path = path
    layout = files.layout.rawValue
    card = files.card
    architecture = Self.architecture(of: files)
    let tokenizer = errors.collect { try files.tokenizer() } ?? nil
    vocabularyCount = tokenizer?.vocabularyCount
    schedule = files.schedule.map {
      "\($0.timestepCount) timesteps, \($0.betaSchedule.rawValue) \($0.firstBeta)..."
        + "\($0.lastBeta), predicts \($0.prediction.rawValue)"
    }
    sampler = files.schedule.map { _ in
      let used = files.card.spacing.map { "\(files.card.sampler), \($0)" } ?? files.card.sampler
      let asked = files.statedSampler?.request ?? "the model asks for none"
      return "\(asked); \(files.hasOwnCard ? "the card's " : "")\(used) is used"
    }
    sizeMultiple = files.unet.flatMap { unet in
      files.autoencoder.map { $0.configuration.reduction * unet.configuration.sizeMultiple }
    }
    leftOutCounts = Dictionary(
      files.leftOut.map { (Self.group($0), 1) }, uniquingKeysWith: +)
    errors.add(files.relations(isForEditing: false))
    failure = errors.combined(at: path)
    digest = try ContentDigest.of(files)
  }

  private static func architecture(of files: ModelFiles) -> String {
    let channels = files.unet.map {
      ($0.configuration.inputChannels, $0.configuration.outputChannels)
    }
    switch (files.layout, channels) {
    case (.part, _):
      return files.presentParts.map(\.noun).joined(separator: ", ")
    case (_, let (inputs, outputs)?) where inputs == 2 * outputs:
      return "InstructPix2Pix: the UNet takes noise and a picture"
    case (_, let (inputs, outputs)?) where inputs == outputs:
      return "Stable Diffusion: the UNet takes noise alone (instructcv model widen makes room for "
        + "a picture)"
    case (_, let (inputs, _)?):
      return "Stable Diffusion with \(inputs) input channels, which is not supported"
    case (_, nil): return "a model without a UNet that can be read"
    }
  }

  /// `model_ema` of `state_dict.model_ema.decay`.
  private static func group(_ name: String) -> String {
    let pieces = name.split(separator: ".")
    let first = pieces.first == "state_dict" ? pieces.dropFirst().first : pieces.first
    return first.map(String.init) ?? name
  }

  /// For programs: UTF-8, sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
