import Foundation

/// The `model_index.json` of a diffusers folder, with which diffusers finds the class of each part.
struct ModelIndex: Encodable {
  static let fileName = "model_index.json"

  private let className: String
  private let requiresSafetyChecker = false
  private let unet = ["diffusers", "UNet2DConditionModel"]
  private let autoencoder = ["diffusers", "AutoencoderKL"]
  private let textEncoder = ["transformers", "CLIPTextModel"]
  private let tokenizer = ["transformers", "CLIPTokenizer"]
  private let scheduler: [String]
  // diffusers wants to hear that these are left out on purpose.
  private let safetyChecker = [String?](repeating: nil, count: 2)
  private let featureExtractor = [String?](repeating: nil, count: 2)
  private let imageEncoder = [String?](repeating: nil, count: 2)

  /// - Parameters:
  ///   - takesPictures: whether the UNet takes a picture beside the noise.
  ///   - schedulerClass: of the scheduler's own file.
  init(takesPictures: Bool, schedulerClass: String = StatedSampler.usualClass) {
    scheduler = ["diffusers", schedulerClass]
    className = takesPictures ? "StableDiffusionInstructPix2PixPipeline" : "StableDiffusionPipeline"
  }

  private enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case requiresSafetyChecker = "requires_safety_checker"
    case unet
    case autoencoder = "vae"
    case textEncoder = "text_encoder"
    case tokenizer, scheduler
    case safetyChecker = "safety_checker"
    case featureExtractor = "feature_extractor"
    case imageEncoder = "image_encoder"
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
