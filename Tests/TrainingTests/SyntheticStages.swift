import Imaging
import Models
import TensorCore
import Training

/// Both stages on made-up numbers, without files.
enum SyntheticStages {
  static func configuration(_ change: (inout TrainingConfiguration) -> Void = { _ in })
    -> TrainingConfiguration
  {
    var configuration = TrainingConfiguration()
    configuration.model.pictureSize = 16
    configuration.model.latentChannels = 3
    configuration.model.autoencoder.widths = [4, 8]
    configuration.model.autoencoder.groups = 2
    configuration.model.unet.widths = [8, 12]
    configuration.model.unet.heads = [1, 2]
    configuration.model.unet.attention = [true, true]
    configuration.model.unet.groups = 4
    configuration.model.textEncoder.width = 16
    configuration.model.textEncoder.layers = 1
    configuration.model.textEncoder.heads = 2
    configuration.model.textEncoder.length = 8
    configuration.model.textEncoder.vocabulary = 256
    configuration.autoencoder.crop = 16
    configuration.autoencoder.batch = 8
    configuration.autoencoder.steps = 100
    configuration.autoencoder.optimizer.warmupSteps = 0
    configuration.denoiser.batch = 8
    configuration.denoiser.steps = 100
    configuration.denoiser.optimizer.warmupSteps = 0
    change(&configuration)
    return configuration
  }

  static func autoencoder(
    _ configuration: TrainingConfiguration = configuration(), fingerprint: String = "",
    pictureCount: Int = 5
  ) throws -> AutoencoderTrainer {
    try AutoencoderTrainer(
      configuration, fingerprint: fingerprint,
      groups: [("noise", Array(0..<pictureCount), 1), ("empty", [], 1)]
    ) { picture(number: $0, side: configuration.model.pictureSize) }
  }

  /// A two-coloured picture that no mirror keeps.
  static func picture(number: Int, side: Int) -> Image {
    var stream = RandomStream(seed: UInt64(number) + 77)
    func color() -> Color {
      let word = stream.nextWord()
      return Color(
        UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8),
        UInt8(truncatingIfNeeded: word >> 16))
    }
    var image = Image(width: side, height: side, filledWith: color())
    image.paste(
      Image(width: side / 2, height: side / 2, filledWith: color()), x: side / 8, y: side / 4)
    return image
  }

  /// Latents that depend on the example's number alone.
  final class Latents: LatentSource {
    private let shape: Shape

    init(_ sizes: ModelSizes) {
      shape = [sizes.latentSize, sizes.latentSize, sizes.latentChannels]
    }

    func batch(_ indices: [Int], using streams: inout [RandomStream]) throws -> LatentBatch {
      func latents(_ purpose: UInt64) -> Tensor {
        Tensor.stacked(
          indices.map {
            var stream = RandomStream(seed: UInt64($0), stream: purpose)
            return Tensor.normal(shape, using: &stream)
          })
      }
      for index in streams.indices { _ = streams[index].uniform() }
      return LatentBatch(
        condition: latents(1), targetMean: latents(2), targetLogVariance: latents(3) * 0.1)
    }
  }

  /// - Parameter verdict: of a grounding question that every example asks; without one there is none.
  static func denoiser(
    _ configuration: TrainingConfiguration = configuration(), exampleCount: Int = 11,
    verdict: ((Int) -> Bool)? = nil
  ) throws -> DenoiserTrainer {
    let sizes = configuration.model
    let length = sizes.textEncoder.length
    let grounding = try verdict.map { verdict in
      try Grounding(
        weight: 0.5,
        examples: (0..<exampleCount).map {
          TrainingExample(
            picturePath: "", targetPath: "", instruction: "", task: .classification,
            verdict: verdict($0))
        }, pictureSize: sizes.pictureSize, unet: sizes.unetConfiguration, seed: 5)
    }
    return try DenoiserTrainer(
      configuration, fingerprint: "", source: Latents(sizes),
      tokens: DenoiserTrainer.ExampleTokens(
        examples: (0..<exampleCount).map { number in
          (0..<length).map { Int32((number * 31 + $0 * 7) % 255) }
        }, null: [Int32](repeating: 255, count: length)),
      groups: [("all", Array(0..<exampleCount), 1)], scalingFactor: 0.7,
      unet: try UNet(sizes.unetConfiguration, weights: .random(seed: 3), purpose: .training),
      textEncoder: try TextEncoder(
        sizes.textEncoderConfiguration, weights: .random(seed: 4), purpose: .training),
      grounding: grounding)
  }
}
