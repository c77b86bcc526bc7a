import Foundation
import Models
import Platform

/// What a model folder says about itself beyond its parts' configurations (`instructcv.json`):
/// how it is best asked. Folders of other programs have none; ``standard`` stands in.
public struct ModelCard: Codable, Sendable, Equatable {
  /// How one task is best asked; what is nil is as for the others.
  public struct TaskAdvice: Codable, Sendable, Equatable {
    public var steps: Int?
    public var textGuidance: Double?
    public var imageGuidance: Double?

    public init(steps: Int? = nil, textGuidance: Double? = nil, imageGuidance: Double? = nil) {
      self.steps = steps
      self.textGuidance = textGuidance
      self.imageGuidance = imageGuidance
    }

    enum CodingKeys: String, CodingKey {
      case steps
      case textGuidance = "text_guidance"
      case imageGuidance = "image_guidance"
    }
  }

  /// The file's name in a model folder.
  public static let fileName = "instructcv.json"

  public var name: String
  /// The longer side that pictures are brought to, pixels.
  public var resolution: Int
  /// The sampler's name, its steps, and the guidance scales that the model answers best with.
  public var sampler: String
  /// The spacing of the sampler's noise levels; its usual one when nil.
  public var spacing: String?
  public var steps: Int
  public var textGuidance: Double
  public var imageGuidance: Double
  /// What differs from these for single tasks, by the task's name.
  public var tasks: [String: TaskAdvice]
  /// Pictures are squashed to a square of `resolution`, as in training, instead of fitted.
  public var squashesPictures: Bool
  /// Width of the box outlines that it was trained to draw, pixels at `resolution`.
  public var outlineWidth: Int
  /// Names of the colours that it was trained to answer yes and no with; empty when not known.
  public var verdictColors: [String]
  /// How the model was made: the command and its numbers.
  public var provenance: [String: String]

  public init(
    name: String, resolution: Int, sampler: String, spacing: String? = nil, steps: Int,
    textGuidance: Double, imageGuidance: Double, tasks: [String: TaskAdvice] = [:],
    squashesPictures: Bool,
    outlineWidth: Int = 4, verdictColors: [String] = [], provenance: [String: String] = [:]
  ) {
    self.name = name
    self.resolution = resolution
    self.sampler = sampler
    self.spacing = spacing
    self.steps = steps
    self.textGuidance = textGuidance
    self.imageGuidance = imageGuidance
    self.tasks = tasks
    self.squashesPictures = squashesPictures
    self.outlineWidth = outlineWidth
    self.verdictColors = verdictColors
    self.provenance = provenance
  }

  /// The authors' settings for Stable-Diffusion-sized models.
  public static let standard = ModelCard(
    name: "", resolution: 512, sampler: "euler-ancestral", steps: 100, textGuidance: 7.5,
    imageGuidance: 1.5, squashesPictures: false)

  enum CodingKeys: String, CodingKey {
    case name, resolution, sampler, spacing, steps
    case textGuidance = "text_guidance"
    case imageGuidance = "image_guidance"
    case tasks
    case squashesPictures = "squashes_pictures"
    case outlineWidth = "outline_width"
    case verdictColors = "verdict_colors"
    case provenance
  }

  /// Reads a card; what the targets looked like and advice for single tasks may be absent.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try fields.decode(String.self, forKey: .name),
      resolution: try fields.decode(Int.self, forKey: .resolution),
      sampler: try fields.decode(String.self, forKey: .sampler),
      spacing: try fields.decodeIfPresent(String.self, forKey: .spacing),
      steps: try fields.decode(Int.self, forKey: .steps),
      textGuidance: try fields.decode(Double.self, forKey: .textGuidance),
      imageGuidance: try fields.decode(Double.self, forKey: .imageGuidance),
      tasks: try fields.decodeIfPresent([String: TaskAdvice].self, forKey: .tasks) ?? [:],
      squashesPictures: try fields.decode(Bool.self, forKey: .squashesPictures),
      outlineWidth: try fields.decodeIfPresent(Int.self, forKey: .outlineWidth) ?? 4,
      verdictColors: try fields.decodeIfPresent([String].self, forKey: .verdictColors) ?? [],
      provenance: try fields.decodeIfPresent([String: String].self, forKey: .provenance) ?? [:])
  }

  /// The card of a model folder; ``standard`` under the folder's name when it has none.
  ///
  /// - Throws: ``ReportableError`` (`badData`) naming the file.
  public static func load(folder: String) throws -> ModelCard {
    let path = folder + "/" + fileName
    guard FileManager.default.fileExists(atPath: path) else {
      var card = standard
      card.name = URL(fileURLWithPath: folder).lastPathComponent
      return card
    }
    do {
      return try ModelCard(json: Data(InputFile.bytes(at: path, maximumByteCount: 1 << 20)))
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// Reads the text of a card.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(json: Data) throws {
    self = try StrictJSON.decode(
      ModelCard.self, from: json, as: "a model card",
      remedy: "correct it or delete it to use the usual settings")
    try validate()
  }

  /// The text of a card.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  private func validate() throws {
    func check(_ condition: Bool, _ what: String) throws {
      guard condition else {
        throw ReportableError(.badData, "\(what); correct that entry of the model card")
      }
    }
    try check(1...65_536 ~= resolution, "a resolution of \(resolution)")
    try check(1...100_000 ~= steps, "\(steps) steps")
    try check(1...64 ~= outlineWidth, "outlines \(outlineWidth) pixels wide")
    try check(
      textGuidance.isFinite && imageGuidance.isFinite,
      "guidance scales of \(textGuidance) and \(imageGuidance)")
    for (task, advice) in tasks.sorted(by: { $0.key < $1.key }) {
      try check(
        1...100_000 ~= advice.steps ?? steps, "\(advice.steps ?? 0) steps for \(quoted(task))")
      let scales = [advice.textGuidance, advice.imageGuidance].compactMap(\.self)
      try check(scales.allSatisfy(\.isFinite), "guidance scales of \(scales) for \(quoted(task))")
    }
    try check(
      SamplerMethod.all.contains { $0.name == sampler }, "an unknown sampler \(quoted(sampler))")
    try check(
      spacing.map { SamplerSpacing(rawValue: $0) != nil } ?? true,
      "an unknown spacing \(quoted(spacing ?? ""))")
  }
}
