import Diffusion
import Foundation
import Layers
import Models
import Platform
import Serialization

/// What a model's folder holds.
public struct ModelInspection: Encodable, Sendable {
  /// One part with weights.
  public struct Part: Encodable, Sendable {
    public let name: String
    /// The configuration in a few words.
    public let configuration: String
    public let parameterCount: Int
    /// Of the weights in the file.
    public let byteCount: Int
    /// Elements of each type, by the type's name.
    public let elementCounts: [String: Int]

    enum CodingKeys: String, CodingKey {
      case name, configuration
      case parameterCount = "parameters"
      case byteCount = "bytes"
      case elementCounts = "types"
    }
  }

  public let folder: String
  public let parts: [Part]
  public let vocabularyCount: Int
  public let schedule: String
  public let sizeMultiple: Int
  public let card: ModelCard
  public let digest: String

  enum CodingKeys: String, CodingKey {
    case folder, parts
    case vocabularyCount = "vocabulary"
    case schedule
    case sizeMultiple = "size_multiple"
    case card, digest
  }

  /// Reads configurations and the headers of the weights, and checks that these fit together.
  ///
  /// - Throws: ``ReportableError`` naming the file that is missing, damaged or of another model.
  public init(folder: String) throws {
    let outline = try ModelOutline(folder: folder)
    self.folder = folder
    card = outline.card
    sizeMultiple = outline.sizeMultiple
    let (unet, autoencoder, text) = (outline.unet, outline.autoencoder, outline.textEncoder)
    parts = [
      try Self.part(
        "unet", "diffusion_pytorch_model.safetensors", folder,
        "\(unet.inputChannels) to \(unet.outputChannels) channels, levels of "
          + Self.list(unet.levels.map(\.width)) + ", "
          + Self.list(unet.levels.map(\.layerCount)) + " blocks, "
          + Self.list(unet.levels.map(\.headCount)) + " heads, texts of width \(unet.contextWidth)"
      ) { try UNet(unet, weights: .shapesOnly, purpose: .training).parameters },
      try Self.part(
        "vae", "diffusion_pytorch_model.safetensors", folder,
        "\(autoencoder.latentChannels) latent channels, 1:\(autoencoder.reduction), levels of "
          + Self.list(autoencoder.widths) + ", scale \(autoencoder.scalingFactor)"
      ) { try Autoencoder(autoencoder, weights: .shapesOnly, purpose: .training).parameters },
      try Self.part(
        "text_encoder", "model.safetensors", folder,
        "\(text.layerCount) layers of width \(text.width), \(text.headCount) heads, "
          + "\(text.positionCount) tokens, vocabulary \(text.vocabularySize)"
      ) { try TextEncoder(text, weights: .shapesOnly, purpose: .training).parameters },
    ]
    vocabularyCount = try CLIPTokenizer(folder: folder + "/tokenizer").vocabularyCount
    schedule =
      "\(outline.schedule.timestepCount) timesteps, \(outline.schedule.betaSchedule.rawValue) "
      + "\(outline.schedule.firstBeta)...\(outline.schedule.lastBeta), "
      + "predicts \(outline.schedule.prediction.rawValue)"
    digest = try ContentDigest.of(modelFolder: folder)
  }

  private static func list(_ numbers: [Int]) -> String {
    Set(numbers).count == 1 && numbers.count > 1
      ? "\(numbers[0])" : numbers.map(String.init).joined(separator: "/")
  }

  private static func part(
    _ name: String, _ fileName: String, _ folder: String, _ configuration: String,
    expected: () throws -> ParameterList
  ) throws -> Part {
    let path = "\(folder)/\(name)/\(fileName)"
    let file = try SafetensorsFile(path: path)
    let entries = try expected().entries
    let missing = entries.filter { file[$0.name] == nil }
    let misshapen = entries.filter { entry in
      file[entry.name].map { !isSame($0.shape, entry.storedShape) } ?? false
    }
    if let first = missing.first ?? misshapen.first {
      throw ReportableError(
        .badData,
        "does not fit its configuration: \(missing.count) tensors missing, \(misshapen.count) of "
          + "another shape, \(first.name) for one; the two files belong to different models",
        path: path)
    }
    var elementCounts: [String: Int] = [:]
    for entry in file.entries {
      elementCounts[entry.type.rawValue, default: 0] += entry.elementCount
    }
    return Part(
      name: name, configuration: configuration,
      parameterCount: entries.reduce(0) { $0 + $1.scalarCount },
      byteCount: file.entries.reduce(0) { $0 + $1.byteCount }, elementCounts: elementCounts)
  }

  /// Equal up to trailing 1x1 axes: old and new checkpoints disagree about them.
  private static func isSame(_ a: [Int], _ b: [Int]) -> Bool {
    func trimmed(_ shape: [Int]) -> ArraySlice<Int> {
      shape.count == 4 && shape[2] == 1 && shape[3] == 1 ? shape[..<2] : shape[...]
    }
    return trimmed(a) == trimmed(b)
  }

  /// For people.
  public var text: String {
    func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
    func millions(_ count: Int) -> String {
      count < 100_000 ? "\(count)" : String(format: "%.2f M", Double(count) / 1e6)
    }
    var lines = ["\(card.name.isEmpty ? "model" : card.name): \(folder)"]
    for part in parts {
      lines.append(
        "  \(part.name): \(millions(part.parameterCount)) parameters, "
          + "\(part.elementCounts.keys.sorted().joined(separator: " and ")), "
          + megabytes(part.byteCount))
      lines.append("    \(part.configuration)")
    }
    lines.append("  tokenizer: \(vocabularyCount) entries")
    lines.append("  scheduler: \(schedule)")
    lines.append(
      "  asked best with: \(card.sampler), \(card.steps) steps, guidance "
        + "\(card.textGuidance) (text) and \(card.imageGuidance) (image), resolution "
        + "\(card.resolution) in multiples of \(sizeMultiple), pictures "
        + (card.squashesPictures ? "squashed" : "fitted") + ", outlines "
        + "\(card.outlineWidth) pixels wide")
    for (key, value) in card.provenance.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(key): \(value)")
    }
    lines.append(
      "  total: \(millions(parts.reduce(0) { $0 + $1.parameterCount })) parameters, "
        + megabytes(parts.reduce(0) { $0 + $1.byteCount }))
    lines.append("  digest: \(digest)")
    return lines.joined(separator: "\n")
  }

  /// For programs: UTF-8, sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
