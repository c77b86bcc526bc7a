import Layers
import Models

/// A part of a model that has weights; the raw value is its folder's name in a diffusers model.
public enum ModelPart: String, CaseIterable, Sendable {
  case unet
  case autoencoder = "vae"
  case textEncoder = "text_encoder"

  /// For messages.
  public var noun: String {
    switch self {
    case .unet: "UNet"
    case .autoencoder: "autoencoder"
    case .textEncoder: "text encoder"
    }
  }

  /// The name under which the reference libraries save the part's weights.
  var standardFileName: String {
    self == .textEncoder ? "model.safetensors" : "diffusion_pytorch_model.safetensors"
  }

  /// Where a CompVis checkpoint has the part.
  var compVisPrefix: String {
    switch self {
    case .unet: "model.diffusion_model."
    case .autoencoder: "first_stage_model."
    case .textEncoder: "cond_stage_model.transformer."
    }
  }
}

/// The configuration of a ``ModelPart``.
public protocol PartConfiguration: ModelConfiguration {
  static var part: ModelPart { get }
  /// Read off tensors under the names of diffusers.
  init(shapesOf tensors: any StoredTensors) throws
  /// The tensors of a model of this configuration, without values.
  func tensorList() throws -> ParameterList
  /// In a few words.
  var summary: String { get }
}

extension UNetConfiguration: PartConfiguration {
  public static var part: ModelPart { .unet }

  public func tensorList() throws -> ParameterList {
    try UNet(self, weights: .shapesOnly, purpose: .training).parameters
  }

  public var summary: String {
    "\(inputChannels) to \(outputChannels) channels, levels of \(joined(levels.map(\.width))), "
      + "\(joined(levels.map(\.layerCount))) blocks, \(joined(levels.map(\.headCount))) heads, "
      + "texts of width \(contextWidth)"
  }
}

extension AutoencoderConfiguration: PartConfiguration {
  public static var part: ModelPart { .autoencoder }

  public func tensorList() throws -> ParameterList {
    try Autoencoder(self, weights: .shapesOnly, purpose: .training).parameters
  }

  public var summary: String {
    "\(latentChannels) latent channels, 1:\(reduction), levels of \(joined(widths)), scale "
      + "\(scalingFactor)"
  }
}

extension TextEncoderConfiguration: PartConfiguration {
  public static var part: ModelPart { .textEncoder }

  public func tensorList() throws -> ParameterList {
    try TextEncoder(self, weights: .shapesOnly, purpose: .training).parameters
  }

  public var summary: String {
    "\(layerCount) layers of width \(width), \(headCount) heads, \(positionCount) tokens, "
      + "vocabulary \(vocabularySize)"
  }
}

/// One number where all are equal.
private func joined(_ numbers: [Int]) -> String {
  Set(numbers).count == 1 && numbers.count > 1
    ? "\(numbers[0])" : numbers.map(String.init).joined(separator: "/")
}
