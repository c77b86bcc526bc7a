import Imaging
import Models
import TensorCore
import VisionTasks

/// Both stages of a configuration on pictures that are there, or on noise, without any folder.
struct TrainingTrial {
  private let configuration: TrainingConfiguration
  private let examples: [TrainingExample]
  private let pictures: DistinctPictures

  init(_ configuration: TrainingConfiguration, examples: [TrainingExample]) throws {
    self.configuration = configuration
    let limit = configuration.data.limit
    self.examples = limit > 0 ? Array(examples.prefix(limit)) : examples
    pictures = try DistinctPictures(self.examples)
  }

  func autoencoder() throws -> AutoencoderTrainer {
    let side = configuration.model.pictureSize
    guard !examples.isEmpty else {
      return try AutoencoderTrainer(
        configuration, fingerprint: "", groups: [("noise", Array(0..<64), 1)]
      ) { Self.noise(side: side, number: $0) }
    }
    return try AutoencoderTrainer(
      configuration, fingerprint: "",
      groups: TrainingRun.pictureKinds(configuration, examples, pictures)
    ) { [pictures] in try PictureLoading.square(pictures.paths[$0], side: side) }
  }

  func denoiser() throws -> DenoiserTrainer {
    let start = try StartingDenoiser(configuration)
    let sizes = configuration.model
    let data = configuration.data
    let source: any LatentSource
    if data.resizeMaximum > sizes.pictureSize, !examples.isEmpty {
      source = LiveLatents(
        autoencoder: try encoder(), examples: examples,
        sides: data.resizeMinimum...data.resizeMaximum, crop: sizes.pictureSize, flip: data.flip)
    } else {
      source = NoiseLatents(
        shape: [
          configuration.denoiser.batch, sizes.latentSize, sizes.latentSize, sizes.latentChannels,
        ])
    }
    let tokens = [Int32](repeating: 0, count: start.length)
    let count = max(1, examples.count)
    return try DenoiserTrainer(
      configuration, fingerprint: "", source: source,
      tokens: DenoiserTrainer.ExampleTokens(
        examples: [[Int32]](repeating: tokens, count: count), null: tokens),
      groups: [("all", Array(0..<count), 1)], scalingFactor: 1, unet: start.unet,
      textEncoder: start.textEncoder)
  }

  /// Time and size of the latent cache, from one batch; nil where there is none to be made.
  func encoding() throws -> (pictureCount: Int, seconds: Double, byteCount: Int)? {
    let sizes = configuration.model
    guard configuration.data.resizeMaximum <= sizes.pictureSize, !examples.isEmpty else {
      return nil
    }
    let autoencoder = try encoder()
    let count = min(LatentCache.batchLength(side: sizes.pictureSize), pictures.paths.count)
    let orientations = configuration.data.flip > 0 ? 2 : 1
    func encode() throws {
      let batch = try PictureLoading.parallel(count) { index -> [Tensor] in
        let picture = try PictureLoading.square(
          self.pictures.paths[index], side: sizes.pictureSize)
        return [Tensor](repeating: picture.tensor, count: orientations)
      }
      _ = autoencoder.encode(
        Tensor.stacked(batch.flatMap { $0 })
          .reshaped([count * orientations, sizes.pictureSize, sizes.pictureSize, 3]))
    }
    try encode()
    let duration = try ContinuousClock().measure { try encode() }
    let total = pictures.paths.count
    return (
      pictureCount: total, seconds: duration / .seconds(1) / Double(count) * Double(total),
      byteCount: total * orientations * sizes.latentSize * sizes.latentSize
        * sizes.latentChannels * 4
    )
  }

  private func encoder() throws -> Autoencoder {
    let pretrained = configuration.autoencoder.pretrained
    guard pretrained.isEmpty else {
      return try AutoencoderFolder.load(pretrained, expecting: configuration.model).model
    }
    let model = try Autoencoder(
      configuration.model.autoencoderConfiguration, weights: .random(seed: configuration.seed),
      purpose: .training)
    model.parameters.setTrainable(false)
    return model
  }

  private static func noise(side: Int, number: Int) -> Image {
    var stream = RandomStream(seed: UInt64(number))
    return Image(
      width: side, height: side,
      pixels: (0..<(side * side * 3)).map { _ in UInt8(truncatingIfNeeded: stream.nextWord()) })
  }
}

/// Latents that are nothing but noise.
private final class NoiseLatents: LatentSource {
  private let latents: LatentBatch

  init(shape: Shape) {
    var stream = RandomStream(seed: 1)
    latents = LatentBatch(
      condition: .normal(shape, using: &stream), targetMean: .normal(shape, using: &stream),
      targetLogVariance: .zeros(shape))
  }

  func batch(_ indices: [Int], using streams: inout [RandomStream]) throws -> LatentBatch {
    latents
  }
}
