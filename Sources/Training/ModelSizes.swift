import Models
import Platform

/// The sizes of a model that is trained from scratch, as a configuration file gives them.
public struct ModelSizes: Codable, Sendable, Equatable {
  /// Sides of the pictures that the model is trained on, in pixels.
  public var pictureSize = 128
  public var latentChannels = 8
  public var autoencoder = AutoencoderSizes()
  public var unet = UNetSizes()
  public var textEncoder = TextEncoderSizes()

  public init() {}

  enum CodingKeys: String, CodingKey {
    case pictureSize = "picture_size"
    case latentChannels = "latent_channels"
    case autoencoder, unet
    case textEncoder = "text_encoder"
  }

  public struct AutoencoderSizes: Codable, Sendable, Equatable {
    /// Channels of each level, finest first; each further level halves the sides.
    public var widths = [16, 32, 64, 96]
    /// Residual blocks of each level.
    public var layers = 1
    /// Groups of the normalisations.
    public var groups = 8
  }

  public struct UNetSizes: Codable, Sendable, Equatable {
    public var widths = [96, 160, 224]
    public var layers = 1
    /// Heads of each level.
    public var heads = [3, 5, 7]
    public var groups = 16
    /// Which levels attend to themselves and to the text.
    public var attention = [true, true, true]
  }

  public struct TextEncoderSizes: Codable, Sendable, Equatable {
    public var width = 128
    public var layers = 3
    public var heads = 4
    /// Tokens of an instruction, its two end marks included.
    public var length = 32
    /// Entries of the vocabulary that is learned from the instructions.
    public var vocabulary = 1024
  }

  /// How many times smaller a latent is than its picture.
  public var latentFactor: Int { 1 << max(0, autoencoder.widths.count - 1) }
  /// Sides of a latent.
  public var latentSize: Int { pictureSize / latentFactor }

  public var autoencoderConfiguration: AutoencoderConfiguration {
    AutoencoderConfiguration(
      latentChannels: latentChannels, widths: autoencoder.widths,
      layerCount: autoencoder.layers, groupCount: autoencoder.groups)
  }

  public var unetConfiguration: UNetConfiguration {
    UNetConfiguration(
      inputChannels: 2 * latentChannels, outputChannels: latentChannels,
      levels: unet.widths.indices.map { level in
        UNetConfiguration.Level(
          width: unet.widths[level], layerCount: unet.layers, headCount: unet.heads[level],
          attends: unet.attention[level])
      },
      contextWidth: textEncoder.width, groupCount: unet.groups)
  }

  public var textEncoderConfiguration: TextEncoderConfiguration {
    TextEncoderConfiguration(
      vocabularySize: textEncoder.vocabulary, width: textEncoder.width,
      layerCount: textEncoder.layers, headCount: textEncoder.heads,
      positionCount: textEncoder.length)
  }

  func problems() -> [String] {
    var problems: [String] = []
    func check(_ condition: Bool, _ text: String) { if !condition { problems.append(text) } }
    check((8...1024).contains(pictureSize), "model.picture_size must be within 8 and 1024")
    check((1...64).contains(latentChannels), "model.latent_channels must be within 1 and 64")
    check(
      (1...6).contains(autoencoder.widths.count), "model.autoencoder.widths needs 1 to 6 levels")
    check((1...6).contains(unet.widths.count), "model.unet.widths needs 1 to 6 levels")
    check(
      unet.heads.count == unet.widths.count && unet.attention.count == unet.widths.count,
      "model.unet.heads and .attention need one entry for each of .widths")
    guard problems.isEmpty else { return problems }
    let multiple = latentFactor << max(0, unet.widths.count - 1)
    check(
      pictureSize % multiple == 0,
      "model.picture_size must be a multiple of \(multiple) with these numbers of levels")
    check((8...77).contains(textEncoder.length), "model.text_encoder.length must be in 8...77")
    check(
      (256...49408).contains(textEncoder.vocabulary),
      "model.text_encoder.vocabulary must be in 256...49408")
    for validate in [
      autoencoderConfiguration.validate, unetConfiguration.validate,
      textEncoderConfiguration.validate,
    ] {
      do { try validate() } catch { problems.append("model: \(error)") }
    }
    return problems
  }
}
