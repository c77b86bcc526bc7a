import Layers
import Models
import TensorCore
import TestSupport
import Testing

/// Large maps are computed in strips; the result is that of the whole map.
@Suite struct AutoencoderStripsTests {
  /// Strips of one row, of odd numbers of rows, and of nearly the whole map; nothing kept, some of it,
  /// nearly all.
  static let memories = [
    (0, 1), (0, 200), (0, 600), (0, 1000), (0, 1700), (5000, 200), (8000, 200), (8000, 400),
    (8600, 600),
  ].map { MapMemory(byteCount: $0.0, stripByteCount: $0.1) }

  @Test(arguments: ["autoencoder", "autoencoder-plain"], memories)
  func bothWaysAreThoseOfTheReference(name: String, memory: MapMemory) throws {
    let golden = try ModelGolden(name)
    let autoencoder = try Autoencoder(
      golden.configuration(), weights: golden.weights, purpose: .inference)
    #expect(autoencoder.configuration.wholeByteCount(pixelCount: 60) > memory.byteCount)
    let posterior = autoencoder.encode(try golden.tensor("picture"), within: memory)
    expectClose(posterior.mean, try golden.tensor("mean"), absolute: 1e-5, "mean")
    expectClose(
      posterior.logVariance, try golden.tensor("log_variance"), absolute: 1e-5, "log variance")
    expectClose(
      autoencoder.decode(try golden.tensor("latent"), within: memory),
      try golden.tensor("decoded"), absolute: 1e-5, "decoded")
  }

  /// With widths that Winograd's tiles take, and sides that are no multiples of anything.
  @Test(arguments: [
    (0, 3 << 10), (0, 7 << 10), (0, 40 << 10), (600 << 10, 11 << 10), (800 << 10, 24 << 10),
  ])
  func stripsAddUpToTheWholeMap(byteCount: Int, stripByteCount: Int) throws {
    let autoencoder = try Autoencoder(
      AutoencoderConfiguration(widths: [16, 32, 32], layerCount: 2, groupCount: 4),
      weights: .random(seed: 7), purpose: .inference)
    let memory = MapMemory(byteCount: byteCount, stripByteCount: stripByteCount)
    let endless = MapMemory(byteCount: .max, stripByteCount: 1 << 20)
    var stream = RandomStream(seed: 11)
    let latent = Tensor.normal([2, 23, 13, 4], using: &stream)
    // A picture with an offset, which statistics have to get right.
    let picture = Tensor.normal([1, 92, 52, 3], using: &stream).affine(scale: 0.3, offset: 0.5)
    #expect(autoencoder.configuration.wholeByteCount(pixelCount: 92 * 52) > byteCount)
    expectClose(
      autoencoder.decode(latent, within: memory), autoencoder.decode(latent, within: endless),
      absolute: 1e-5, "decoded")
    let (strips, whole) = (
      autoencoder.encode(picture, within: memory), autoencoder.encode(picture, within: endless)
    )
    expectClose(strips.mean, whole.mean, absolute: 1e-5, "mean")
    expectClose(strips.logVariance, whole.logVariance, absolute: 1e-5, "log variance")
  }

  /// A batch whose samples fit one by one gives each of them as alone, to the bit.
  @Test func batchesThatDoNotFitAreTakenApart() throws {
    let golden = try ModelGolden("autoencoder")
    let autoencoder = try Autoencoder(
      golden.configuration(), weights: golden.weights, purpose: .inference)
    let latent = try golden.tensor("latent")
    let one = autoencoder.configuration.wholeByteCount(pixelCount: 60)
    let apart = autoencoder.decode(
      latent, within: MapMemory(byteCount: one, stripByteCount: 100))
    #expect(apart.shape == [2, 10, 6, 3])
    #expect(apart.floats == autoencoder.decode(latent).floats)
  }

  @Test func memoryOfStableDiffusionIsBounded() {
    let configuration = AutoencoderConfiguration.stableDiffusion
    for side in [256, 512, 576] {
      #expect(
        configuration.peakByteCount(pixelCount: side * side)
          == configuration.wholeByteCount(pixelCount: side * side))
    }
    #expect(configuration.wholeByteCount(pixelCount: 2048 * 2048) > 10_000_000_000)
    for side in [640, 1024, 2048] {
      #expect(configuration.peakByteCount(pixelCount: side * side) <= 3_000_000_000)
    }
    // One map of 128 channels, which the strips are written to, is needed whatever the size.
    #expect(configuration.peakByteCount(pixelCount: 4096 * 4096) < 9_500_000_000)
  }
}
