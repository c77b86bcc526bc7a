import Diffusion
import Kernels
import Platform
import TensorCore
import VisionTasks

/// How an answer is made: everything besides model, picture and instruction that it depends on.
public struct AnswerSettings: Codable, Hashable, Sendable {
  /// Name of the sampler; see ``Diffusion/SamplerMethod``.
  public var sampler: String
  /// Name of the spacing of its noise levels, see ``Diffusion/SamplerSpacing``; the sampler's usual
  /// one when nil.
  public var spacing: String?
  public var steps: Int
  public var textGuidance: Double
  public var imageGuidance: Double
  /// `ip2p` or `instructdiffusion`.
  public var guidance: String
  public var seed: UInt64
  /// What makes random numbers of the seed: `philox`, a stream for each answer, or `torch`, the
  /// numbers of a diffusers pipeline. Records from before there was a choice are of `philox`.
  public var rng: String
  /// The numbers that the model's matrices are kept in. Records from before there was a choice are of
  /// `fp32`.
  public var precision: WeightPrecision
  /// The longer side that the model works at, pixels.
  public var resolution: Int
  /// Name of a ``PictureFraming/Rule``.
  public var framing: String

  enum CodingKeys: String, CodingKey {
    case sampler, spacing, steps
    case textGuidance = "text_guidance"
    case imageGuidance = "image_guidance"
    case guidance, seed, rng, precision, resolution, framing
  }

  /// The settings that `card` recommends.
  ///
  /// - Parameter task: what is asked; nil for what holds for tasks without advice of their own.
  public init(_ card: ModelCard, task: TaskKind? = nil, seed: UInt64 = 0) {
    let advice = task.flatMap { card.tasks[$0.rawValue] }
    sampler = card.sampler
    spacing = card.spacing
    steps = advice?.steps ?? card.steps
    textGuidance = advice?.textGuidance ?? card.textGuidance
    imageGuidance = advice?.imageGuidance ?? card.imageGuidance
    guidance = "ip2p"
    self.seed = seed
    rng = "philox"
    precision = .fp32
    resolution = card.resolution
    framing = card.squashesPictures ? "squash" : "fit"
  }

  /// The settings that `card` recommends for each task.
  public static func byTask(_ card: ModelCard) -> [TaskKind: AnswerSettings] {
    Dictionary(
      uniqueKeysWithValues: TaskKind.allCases.map { ($0, AnswerSettings(card, task: $0)) })
  }

  /// Names of the guidance formulas.
  public static let guidanceNames = ["ip2p", "instructdiffusion"]
  /// Names of the random number generators.
  public static let rngNames = ["philox", "torch"]
  /// Names of the ways to bring a picture to the model's size.
  public static let framingNames = PictureFraming.Rule.allCases.map(\.rawValue)

  /// - Throws: ``ReportableError`` (`usage`) for what no model could do.
  public func validate() throws {
    _ = try SamplerMethod(name: sampler)
    _ = try spacing.map(SamplerSpacing.init(name:))
    _ = try guidanceFormula()
    guard 1...100_000 ~= steps else {
      throw ReportableError(.usage, "\(steps) steps; choose at least 1")
    }
    guard Self.rngNames.contains(rng) else {
      throw ReportableError(
        .usage,
        "unknown random number generator \(quoted(rng)); choose one of "
          + Self.rngNames.joined(separator: ", "))
    }
    guard 1...1 << 14 ~= resolution else {
      throw ReportableError(.usage, "a resolution of \(resolution) pixels; choose 1...\(1 << 14)")
    }
    guard Self.framingNames.contains(framing) else {
      throw ReportableError(
        .usage,
        "unknown framing \(quoted(framing)); choose one of "
          + Self.framingNames.joined(separator: ", "))
    }
  }

  /// Sampler, spacing where one was asked for, and steps, in words.
  public var samplerText: String {
    ([sampler] + [spacing, "\(steps) steps"].compactMap(\.self)).joined(separator: ", ")
  }

  /// The formula and its scales, in words.
  public var guidanceText: String { "\(guidance), text \(textGuidance), image \(imageGuidance)" }

  /// The noise levels that a run on `schedule` visits.
  ///
  /// - Throws: ``ReportableError`` (`usage`) for unknown names and more steps than timesteps.
  public func samplerPlan(schedule: NoiseSchedule) throws -> SamplerPlan {
    try SamplerPlan(
      SamplerMethod(name: sampler), spacing: spacing.map(SamplerSpacing.init(name:)),
      stepCount: steps, schedule: schedule)
  }

  /// The frame of a picture of this size for a model that works in multiples of `multiple`.
  public func pictureFraming(width: Int, height: Int, multiple: Int) throws -> PictureFraming {
    try PictureFraming(
      width: width, height: height, resolution: resolution, multiple: multiple,
      rule: PictureFraming.Rule(rawValue: framing) ?? .fit)
  }

  /// What a sampler draws from for a batch of answers with these seeds, each with its own numbers.
  package func noise(seeds: [UInt64]) -> any NoiseSource {
    switch rng {
    case "torch": TorchNoise(seeds.map { TorchGenerator(seed: $0) })
    default: SeededNoise(seeds.map { RandomStream(seed: $0) })
    }
  }

  package func guidanceFormula() throws -> Guidance {
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
        .usage,
        "unknown guidance \(quoted(guidance)); choose one of "
          + Self.guidanceNames.joined(separator: ", "))
    }
  }
}

extension AnswerSettings {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sampler = try container.decode(String.self, forKey: .sampler)
    spacing = try container.decodeIfPresent(String.self, forKey: .spacing)
    steps = try container.decode(Int.self, forKey: .steps)
    textGuidance = try container.decode(Double.self, forKey: .textGuidance)
    imageGuidance = try container.decode(Double.self, forKey: .imageGuidance)
    guidance = try container.decode(String.self, forKey: .guidance)
    seed = try container.decode(UInt64.self, forKey: .seed)
    rng = try container.decodeIfPresent(String.self, forKey: .rng) ?? "philox"
    precision = try container.decodeIfPresent(WeightPrecision.self, forKey: .precision) ?? .fp32
    resolution = try container.decode(Int.self, forKey: .resolution)
    framing = try container.decode(String.self, forKey: .framing)
  }
}
