import Layers
import Models
import TensorCore
import TestSupport
import Testing

@Suite struct UNetTests {
  @Test(arguments: [WeightPurpose.training, .inference])
  func outputIsThatOfTheReference(purpose: WeightPurpose) throws {
    let golden = try ModelGolden("unet")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: purpose)
    let output = unet(
      try golden.tensor("input"), timesteps: [933.507, 10.382], text: try golden.tensor("text"))
    expectClose(output, try golden.tensor("output"), absolute: 4e-5, "output")
  }

  @Test func linearProjectionsAndDeeperTransformersMatch() throws {
    let golden = try ModelGolden("unet-linear")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .inference)
    let output = unet(
      try golden.tensor("input"), timesteps: [500], text: try golden.tensor("text"))
    expectClose(output, try golden.tensor("output"), absolute: 4e-5, "output")
  }

  @Test(arguments: [false, true])
  func lossAndGradientsAreThoseOfTheReference(usesCheckpoints: Bool) throws {
    let golden = try ModelGolden("unet")
    var unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .training)
    unet.usesCheckpoints = usesCheckpoints
    let input = try golden.tensor("input")
    let text = try golden.tensor("text")
    let target = try golden.tensor("target")
    let loss = GradientTape.record { tape in
      let prediction = unet(input, timesteps: [933.507, 10.382], text: text)
      let loss = Tensor.meanSquaredError(prediction, target)
      tape.backward(from: loss)
      return loss.detached()
    }
    expectClose(loss, try golden.tensor("loss"), absolute: 0, relative: 1e-5, "loss")

    let prefix = "gradients."
    let names = golden.file.names.filter { $0.hasPrefix(prefix) }
    #expect(names.count == 14)
    for stored in names {
      let name = String(stored.dropFirst(prefix.count))
      let entry = try #require(unet.parameters.entries.first { $0.name == name })
      let gradient = try #require(entry.parameter.gradient)
      let expected = try golden.file.floats(stored)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0)
      expectClose(
        entry.storedFloats(gradient), expected, absolute: 6e-5 * Double(largest),
        name)
    }
    for entry in unet.parameters.entries {
      #expect(entry.parameter.gradient != nil, "\(entry.name) has no gradient")
    }
  }

  @Test func textMayBeReadOnceForAllSteps() throws {
    let golden = try ModelGolden("unet")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .inference)
    let input = try golden.tensor("input")
    let text = try golden.tensor("text")
    let context = unet.context(of: text)
    for timestep in [999.0, 3.25] {
      let timesteps = [timestep, timestep]
      #expect(
        unet(input, timesteps: timesteps, context: context).floats
          == unet(input, timesteps: timesteps, text: text).floats)
    }
  }

  @Test func timestepsMayBeReadOnceForAllSteps() throws {
    let golden = try ModelGolden("unet")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .inference)
    let input = try golden.tensor("input")
    let context = unet.context(of: try golden.tensor("text"))
    let timesteps = [999.0, 500, 3.25]
    let shifts = unet.timeShifts(of: timesteps)
    #expect(shifts.count == 3)
    for (index, timestep) in timesteps.enumerated() {
      #expect(
        unet(input, time: shifts.repeating(index, count: 2), context: context).floats
          == unet(input, timesteps: [timestep, timestep], context: context).floats)
    }
  }

  @Test func samplesOfABatchDoNotInfluenceEachOther() throws {
    let golden = try ModelGolden("unet")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .inference)
    let input = try golden.tensor("input")
    let text = try golden.tensor("text")
    let together = unet(input, timesteps: [700, 40], text: text)
    let second = unet(input[leading: 1..<2], timesteps: [40], text: text[leading: 1..<2])
    expectClose(second, together[leading: 1..<2], absolute: 1e-5)
  }

  /// Where memory for all samples is short they are evaluated one after the other.
  @Test func samplesMayBeEvaluatedOneByOne() throws {
    let golden = try ModelGolden("unet")
    let unet = try UNet(golden.configuration(), weights: golden.weights, purpose: .inference)
    let input = try golden.tensor("input")
    let context = unet.context(of: try golden.tensor("text"))
    let together = unet(input, timesteps: [700, 40], context: context)
    for (sample, timestep) in [700.0, 40].enumerated() {
      let range = sample..<sample + 1
      let alone = unet(
        input[leading: range], timesteps: [timestep], context: context[samples: range])
      #expect(alone.floats == together[leading: range].floats)
    }
    let configuration = UNetConfiguration.stableDiffusion
    #expect(configuration.samplesAtATime(latentPixelCount: 64 * 64) >= 3)
    #expect(configuration.samplesAtATime(latentPixelCount: 256 * 256) == 1)
    #expect(configuration.mapByteCount(latentPixelCount: 256 * 256) < 2_500_000_000)
  }

  @Test func anUntrainedUNetAnswersZero() throws {
    // Its last convolution starts at zero, as in the reference's training code.
    let configuration = try ModelGolden("unet").configuration(UNetConfiguration.self)
    let unet = try UNet(configuration, weights: .random(seed: 1), purpose: .training)
    let output = unet(
      Tensor.full([1, 4, 4, 8], 0.5), timesteps: [5], text: Tensor.full([1, 3, 10], 0.1))
    #expect(output.floats.allSatisfy { $0 == 0 })
  }

  @Test func namesAndSizesOfStableDiffusion() throws {
    let unet = try UNet(.stableDiffusion, weights: .shapesOnly, purpose: .training)
    #expect(unet.parameters.entries.count == 686)
    #expect(unet.parameters.scalarCount == 859_532_484)
    #expect(Set(unet.parameters.entries.map(\.name)).count == 686)

    let shapes = Dictionary(
      uniqueKeysWithValues: unet.parameters.entries.map { ($0.name, $0.storedShape) })
    #expect(shapes["conv_in.weight"] == [320, 8, 3, 3])
    #expect(shapes["up_blocks.2.resnets.0.conv1.weight"] == [640, 1920, 3, 3])
    #expect(shapes["up_blocks.3.resnets.2.conv_shortcut.weight"] == [320, 640, 1, 1])
    #expect(
      shapes["mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight"] == [1280, 768])

    var plain = UNetConfiguration.stableDiffusion
    plain.inputChannels = 4
    #expect(
      try UNet(plain, weights: .shapesOnly, purpose: .training).parameters.scalarCount
        == 859_520_964)
  }
}
