import Layers
import Models
import TensorCore
import TestSupport
import Testing

@Suite struct AutoencoderTests {
  @Test(
    arguments: ["autoencoder", "autoencoder-plain"], [WeightPurpose.training, .inference])
  func bothWaysAreThoseOfTheReference(name: String, purpose: WeightPurpose) throws {
    let golden = try ModelGolden(name)
    let autoencoder = try Autoencoder(
      golden.configuration(), weights: golden.weights, purpose: purpose)
    let posterior = autoencoder.encode(try golden.tensor("picture"))
    expectClose(posterior.mean, try golden.tensor("mean"), absolute: 1e-5, "mean")
    expectClose(
      posterior.logVariance, try golden.tensor("log_variance"), absolute: 1e-5, "log variance")
    expectClose(
      posterior.sample(noise: try golden.tensor("noise")), try golden.tensor("sample"),
      absolute: 3e-5, relative: 1e-4, "sample")
    expectClose(
      posterior.divergence(), try golden.tensor("divergence"), absolute: 0, relative: 1e-4,
      "divergence")
    expectClose(
      autoencoder.decode(try golden.tensor("latent")), try golden.tensor("decoded"),
      absolute: 1e-5, "decoded")
  }

  @Test func formerNamesOfTheAttentionAreKnown() throws {
    let former = [
      ".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn.",
    ]
    var count = 0
    for name in try ModelGolden("autoencoder").tensors().tensorNames {
      #expect(NameTable.currentAutoencoderName(name) == name)
      for (now, then) in former where name.contains(now) {
        #expect(NameTable.currentAutoencoderName(name.replacing(now, with: then)) == name)
        count += 1
      }
    }
    #expect(count == 16)
  }

  @Test func logVarianceIsClamped() throws {
    let golden = try ModelGolden("autoencoder")
    var changed = TensorsInMemory()
    let weights = try golden.tensors()
    for name in weights.tensorNames {
      changed[name] = (
        try #require(weights.storedShape(of: name)), try weights.storedFloats(of: name)
      )
    }
    changed["quant_conv.bias"] = ([8], [0, 0, 0, 0, 1e4, -1e4, 1e4, -1e4])
    let autoencoder = try Autoencoder(
      golden.configuration(), weights: .stored(changed), purpose: .inference)
    let variance = autoencoder.encode(Tensor.zeros([1, 2, 2, 3])).logVariance
    #expect(variance.floats == [20, -30, 20, -30])
  }

  @Test func namesAndSizesOfStableDiffusion() throws {
    let autoencoder = try Autoencoder(.stableDiffusion, weights: .shapesOnly, purpose: .training)
    #expect(autoencoder.parameters.entries.count == 248)
    #expect(autoencoder.parameters.scalarCount == 83_653_863)
  }
}
