import Diffusion
import TensorCore
import Testing

@Suite struct TorchNoiseTests {
  @Test(arguments: ["large", "small"], [TorchGenerator.Precision.float32, .float16])
  func latentsAreThoseOfTheReference(
    size: String, precision: TorchGenerator.Precision
  ) throws {
    let golden = try DiffusionGolden("torch-random")
    for (sharing, seeds) in [("shared", [42]), ("separate", [42, 0, 5])] {
      var noise = TorchNoise(
        seeds.map { TorchGenerator(seed: UInt64($0)) }, precision: precision)
      let name = "latents-\(size)-\(precision)-\(sharing)"
      let expected = try golden.tensors(name)
      #expect(expected.count == 2)
      for tensor in expected {
        let drawn = noise.draw(tensor.shape)
        #expect(drawn.shape == tensor.shape)
        #expect(drawn.floats.map(\.bitPattern) == tensor.floats.map(\.bitPattern), "\(name)")
      }
    }
  }

  @Test func oneSampleIsTheSameEitherWay() {
    var noise = TorchNoise(seed: 9)
    var batch = TorchNoise([3, 9].map { TorchGenerator(seed: $0) })
    let alone = noise.draw([1, 3, 2, 4]).floats
    #expect(Array(batch.draw([2, 3, 2, 4]).floats[24...]) == alone)
  }

  @Test func axesOfNoLengthGiveNothing() {
    var noise = TorchNoise(seed: 9)
    for shape: Shape in [[0, 2, 2, 4], [1, 0, 2, 4], [1, 2, 2, 0]] {
      #expect(noise.draw(shape).floats.isEmpty)
    }
    var generator = TorchGenerator(seed: 9)
    #expect(
      noise.draw([2, 3]).floats == TorchGeneratorTests.normals(6, .float32, from: &generator))
  }

  @Test func anotherBatchSizeStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var noise = TorchNoise([TorchGenerator(seed: 0), TorchGenerator(seed: 1)])
      _ = noise.draw([3, 2, 2, 4])
    }
  }
}
