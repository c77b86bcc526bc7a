import Foundation
import Platform

/// What a model folder says about itself beyond its parts' configurations (`instructcv.json`):
/// how it is best asked. Folders of other programs have none; ``standard`` stands in.
public struct ModelCard: Codable, Sendable, Equatable {
  /// The file's name in a model folder.
  public static let fileName = "instructcv.json"

  public var name: String
  /// The longer side that pictures are brought to, pixels.
  public var resolution: Int
  /// The sampler's name, its steps, and the guidance scales that the model answers best with.
  public var sampler: String
  public var steps: Int
  public var textGuidance: Double
  public var imageGuidance: Double
  /// Pictures are squashed to a square of `resolution`, as in training, instead of fitted.
  public var squashesPictures: Bool
  /// Width of the box outlines that it was trained to draw, pixels at `resolution`.
  public var outlineWidth: Int
  /// How the model was made: the command and its numbers.
  public var provenance: [String: String]

  public init(
    name: String, resolution: Int, sampler: String, steps: Int, textGuidance: Double,
    imageGuidance: Double, squashesPictures: Bool,
    outlineWidth: Int = 4, provenance: [String: String] = [:]
  ) {
    self.name = name
    self.resolution = resolution
    self.sampler = sampler
    self.steps = steps
    self.textGuidance = textGuidance
    self.imageGuidance = imageGuidance
    self.squashesPictures = squashesPictures
    self.outlineWidth = outlineWidth
    self.provenance = provenance
  }

  /// The authors' settings for Stable-Diffusion-sized models.
  public static let standard = ModelCard(
    name: "", resolution: 512, sampler: "euler-ancestral", steps: 100, textGuidance: 7.5,
    imageGuidance: 1.5, squashesPictures: false)

  enum CodingKeys: String, CodingKey {
    case name, resolution, sampler, steps
    case textGuidance = "text_guidance"
    case imageGuidance = "image_guidance"
    case squashesPictures = "squashes_pictures"
    case outlineWidth = "outline_width"
    case provenance
  }

  static func load(folder: String) throws -> ModelCard {
    let path = folder + "/" + fileName
    guard FileManager.default.fileExists(atPath: path) else {
      var card = standard
      card.name = URL(fileURLWithPath: folder).lastPathComponent
      return card
    }
    do {
      return try JSONDecoder().decode(
        ModelCard.self, from: Data(InputFile.bytes(at: path, maximumByteCount: 1 << 20)))
    } catch let error as DecodingError {
      throw ReportableError(.badData, "is not a model card", path: path, cause: error)
    }
  }
}
