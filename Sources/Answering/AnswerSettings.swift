import Diffusion
import Platform

/// How an answer is made: everything besides model, picture and instruction that it depends on.
public struct AnswerSettings: Codable, Hashable, Sendable {
  /// Name of the sampler; see ``Diffusion/SamplerMethod``.
  public var sampler: String
  public var steps: Int
  public var textGuidance: Double
  public var imageGuidance: Double
  /// `ip2p` or `instructdiffusion`.
  public var guidance: String
  public var seed: UInt64
  /// The longer side that the model works at, pixels.
  public var resolution: Int

  enum CodingKeys: String, CodingKey {
    case sampler, steps
    case textGuidance = "text_guidance"
    case imageGuidance = "image_guidance"
    case guidance, seed, resolution
  }

  /// The settings that `card` recommends.
  public init(_ card: ModelCard, seed: UInt64 = 0) {
    sampler = card.sampler
    steps = card.steps
    textGuidance = card.textGuidance
    imageGuidance = card.imageGuidance
    guidance = "ip2p"
    self.seed = seed
    resolution = card.resolution
  }

  /// Names of the guidance formulas.
  public static let guidanceNames = ["ip2p", "instructdiffusion"]

  func guidanceFormula() throws -> Guidance {
    guard textGuidance.isFinite, imageGuidance.isFinite, abs(textGuidance) <= 100,
      abs(imageGuidance) <= 100
    else {
      throw ReportableError(.usage, "guidance scales must be numbers within -100 and 100")
    }
    switch guidance {
    case "ip2p": return .instructPix2Pix(text: textGuidance, image: imageGuidance)
    case "instructdiffusion":
      return .instructDiffusion(text: textGuidance, image: imageGuidance)
    default:
      throw ReportableError(
        .usage, "unknown guidance \"\(guidance)\"; choose one of "
          + Self.guidanceNames.joined(separator: ", "))
    }
  }
}
