import Layers
import Models
import TensorCore
import TestSupport
import Testing

@Suite struct TextEncoderTests {
  private func ids(_ golden: ModelGolden) throws -> [[Int32]] {
    let flat = try golden.file.floats("ids").map(Int32.init)
    return [Array(flat[..<9]), Array(flat[9...])]
  }

  @Test(
    arguments: ["text-encoder", "text-encoder-gelu"], [WeightPurpose.training, .inference])
  func hiddenStateIsThatOfTheReference(name: String, purpose: WeightPurpose) throws {
    let golden = try ModelGolden(name)
    let encoder = try TextEncoder(
      golden.configuration(), weights: golden.weights, purpose: purpose)
    expectClose(
      encoder(try ids(golden)), try golden.tensor("output"), absolute: 5e-6, "hidden state")
  }

  @Test func laterTokensDoNotChangeEarlierOnes() throws {
    let golden = try ModelGolden("text-encoder")
    let encoder = try TextEncoder(
      golden.configuration(), weights: golden.weights, purpose: .inference)
    let a = encoder([[38, 4, 17, 39, 39]])
    let b = encoder([[38, 4, 17, 20, 21]])
    #expect(a.floats[..<36] == b.floats[..<36])
    #expect(a.floats[36...] != b.floats[36...])
  }

  @Test func namesAndSizesOfStableDiffusion() throws {
    let encoder = try TextEncoder(.stableDiffusion, weights: .shapesOnly, purpose: .training)
    #expect(encoder.parameters.entries.count == 196)
    #expect(encoder.parameters.scalarCount == 123_060_480)
    #expect(
      encoder.parameters.entries.contains {
        $0.name == "text_model.encoder.layers.11.mlp.fc2.weight" && $0.storedShape == [768, 3072]
      })
  }
}
