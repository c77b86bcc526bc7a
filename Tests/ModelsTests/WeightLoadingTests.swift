import Layers
import Models
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct WeightLoadingTests {
  private func weights(_ golden: ModelGolden) throws -> TensorsInMemory {
    var tensors = TensorsInMemory()
    let stored = try golden.tensors()
    for name in stored.tensorNames {
      tensors[name] = (
        try #require(stored.storedShape(of: name)), try stored.storedFloats(of: name)
      )
    }
    return tensors
  }

  @Test func everythingThatDoesNotFitIsToldTogether() throws {
    let golden = try ModelGolden("text-encoder")
    var tensors = try weights(golden)
    let names = tensors.tensorNames
    let norm = try #require(names.first { $0.hasSuffix("final_layer_norm.bias") })
    let matrix = try #require(names.first { $0.hasSuffix("layers.1.mlp.fc1.weight") })
    tensors[norm] = nil
    tensors[matrix]?.shape = [12, 20]
    tensors["logit_scale"] = ([1], [4.6])
    let broken = tensors
    let error = #expect(throws: ReportableError.self) {
      try TextEncoder(golden.configuration(), weights: .stored(broken), purpose: .inference)
    }
    #expect(error?.code == .badData)
    #expect(
      error?.message
        == "the weights do not fit the model: 1 missing (\(norm)); 1 of another shape "
        + "(\(matrix): [12, 20] instead of [20, 12]); 1 unexpected (logit_scale). "
        + "Check that the configuration belongs to this checkpoint")
  }

  @Test func whatTrainingWouldSaveLoadsAsTheSameModel() throws {
    let golden = try ModelGolden("unet")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .training)
    let original = try weights(golden)
    var saved = TensorsInMemory()
    for entry in unet.parameters.entries {
      saved[entry.name] = (entry.storedShape, entry.storedFloats(entry.parameter.value))
      #expect(
        entry.tensor(fromStored: entry.storedFloats(entry.parameter.value)).floats
          == entry.parameter.value.floats)
    }
    #expect(saved.tensorNames == original.tensorNames)
    for name in saved.tensorNames {
      #expect(saved[name]?.shape == original[name]?.shape, "\(name)")
      #expect(saved[name]?.floats == original[name]?.floats, "\(name)")
    }
  }

  @Test func rangesOfATensorAreThoseOfTheWhole() throws {
    let golden = try ModelGolden("unet-linear")
    var inMemory = try weights(golden)
    for tensors: any StoredTensors in [golden.file, try golden.tensors(), inMemory] {
      for name in tensors.tensorNames {
        tensors.prefetch(name)
        let whole = try tensors.storedFloats(of: name)
        for range in [0..<whole.count, whole.count / 3..<whole.count * 2 / 3, 0..<0] {
          let part = try [Float](unsafeUninitializedCapacity: range.count) { buffer, count in
            try tensors.readFloats(
              of: name, elements: range,
              into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
            count = range.count
          }
          #expect(part == Array(whole[range]), "\(name)")
        }
        tensors.release(name)
      }
    }
    // Fewer elements than the shape says.
    inMemory["short"] = ([2, 3], [1, 2, 3])
    #expect(throws: ReportableError.self) {
      try withUnsafeTemporaryAllocation(of: Float.self, capacity: 3) {
        try inMemory.readFloats(of: "short", elements: 3..<6, into: $0)
      }
    }
  }

  @Test func modelsTellWhatTheirWeightsTakeUp() throws {
    let golden = try ModelGolden("unet")
    let configuration = try golden.configuration(UNetConfiguration.self)
    let training = try UNet(configuration, weights: golden.weights, purpose: .training).parameters
    #expect(training.work.packedByteCount == 0)
    #expect(training.work.parameterByteCount == 4 * training.scalarCount)
    let packed = try UNet(configuration, weights: golden.weights, purpose: .inference).parameters
    #expect(packed.work.packedByteCount > 0 && packed.work.parameterByteCount > 0)
    #expect(packed.work.byteCount >= training.work.byteCount)
    #expect(packed.work.readSeconds > 0 && packed.work.packSeconds > 0)
    let random = try UNet(configuration, weights: .random(seed: 1), purpose: .inference).parameters
    #expect(random.work.byteCount == packed.work.byteCount)
    #expect((packed + random).work.byteCount == 2 * packed.work.byteCount)
  }

  @Test func productsOfMatricesAreNarrowWhereTheProcessorHasThem() throws {
    let configuration = try ModelGolden("unet").configuration(UNetConfiguration.self)
    func products(_ purpose: WeightPurpose) throws -> (matrices: Set<String>, others: Set<String>) {
      let entries = try UNet(configuration, weights: .random(seed: 1), purpose: purpose)
        .parameters.entries
      #expect(entries.allSatisfy { $0.parameter.isTrainable })
      func names(_ isMatrix: Bool) -> Set<String> {
        Set(
          entries.filter { ($0.storedShape.count > 1) == isMatrix }
            .map { $0.parameter.products.rawValue })
      }
      return (names(true), names(false))
    }
    let plain = try products(.training)
    #expect(plain.matrices == ["fp32"] && plain.others == ["fp32"])
    let narrow = try products(.training(products: .bf16))
    #expect(narrow.matrices == [ProductPrecision.bf16.onThisMachine.rawValue])
    #expect(narrow.others == ["fp32"])
  }

  @Test func randomValuesDependOnSeedAndNameOnly() throws {
    var small = try ModelGolden("unet").configuration(UNetConfiguration.self)
    let first = try UNet(small, weights: .random(seed: 7), purpose: .training)
    small.levels[0].attendsGoingUp = false
    let second = try UNet(small, weights: .random(seed: 7), purpose: .training)
    let other = try UNet(small, weights: .random(seed: 8), purpose: .training)
    func values(_ unet: UNet) -> [String: [Float]] {
      Dictionary(
        uniqueKeysWithValues: unet.parameters.entries.map { ($0.name, $0.parameter.value.floats) })
    }
    let (a, b, c) = (values(first), values(second), values(other))
    #expect(a.count > b.count)
    for (name, floats) in b { #expect(a[name] == floats, "\(name)") }
    #expect(a["conv_in.weight"] != c["conv_in.weight"])

    // PyTorch's default bound for 8 * 9 inputs, and a spread that fills it.
    let weight = try #require(a["conv_in.weight"])
    let bound = 1 / Float(72).squareRoot()
    #expect(weight.allSatisfy { abs($0) <= bound })
    #expect(weight.contains { $0 > 0.9 * bound } && weight.contains { $0 < -0.9 * bound })
    #expect(a["mid_block.attentions.0.proj_out.weight"]?.allSatisfy { $0 == 0 } == true)
    #expect(a["mid_block.resnets.0.norm1.weight"]?.allSatisfy { $0 == 1 } == true)
  }

  @Test func aPlainUNetIsWidenedWithZeros() throws {
    let golden = try ModelGolden("unet-linear")
    let plain = try UNet(golden.configuration(), weights: golden.weights, purpose: .inference)
    let widened = WidenedInput(try golden.tensors(), inputChannels: 8)
    var configuration = try golden.configuration(UNetConfiguration.self)
    configuration.inputChannels = 8
    let unet = try UNet(configuration, weights: .stored(widened), purpose: .inference)
    let input = try golden.tensor("input")
    let text = try golden.tensor("text")
    var stream = RandomStream(seed: 3)
    let condition = Tensor.normal(input.shape, using: &stream)
    expectClose(
      unet(.concatenated(input, condition), timesteps: [12], text: text),
      plain(input, timesteps: [12], text: text), absolute: 1e-5)
  }
}
