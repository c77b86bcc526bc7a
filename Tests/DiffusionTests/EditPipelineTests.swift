import Diffusion
import Layers
import Models
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct EditPipelineTests {
  private func pipeline(_ golden: DiffusionGolden) throws -> EditPipeline {
    let folder = try DiffusionGolden.folder()
    func part(_ prefix: String, named newPrefix: String = "") throws -> WeightOrigin {
      let tensors = try GatheredTensors(golden.file).renamed {
        $0.hasPrefix(prefix) ? newPrefix + $0.dropFirst(prefix.count) : nil
      }
      return .stored(tensors)
    }
    return try EditPipeline(
      unet: UNet(
        UNetConfiguration(path: folder + "pipeline-unet.json"), weights: part("unet."),
        purpose: .inference),
      autoencoder: Autoencoder(
        AutoencoderConfiguration(path: folder + "pipeline-autoencoder.json"),
        weights: part("vae."), purpose: .inference),
      textEncoder: TextEncoder(
        TextEncoderConfiguration(path: folder + "pipeline-text-encoder.json"),
        weights: part("text.", named: "text_model."), purpose: .inference),
      schedule: .stableDiffusion, prediction: .epsilon)
  }

  private func tokens(_ golden: DiffusionGolden) throws -> (text: [Int32], null: [Int32]) {
    let flat = try golden.file.floats("tokens").map(Int32.init)
    return (Array(flat[..<9]), Array(flat[9...]))
  }

  @Test func everyStepAndThePictureAreThoseOfTheReference() throws {
    let golden = try DiffusionGolden("pipeline")
    let pipeline = try pipeline(golden)
    #expect(pipeline.sizeMultiple == 8)
    let (text, null) = try tokens(golden)
    let request = EditPipeline.Request(
      pictures: try golden.tensor("picture"), tokens: [text], nullTokens: null,
      guidance: .instructPix2Pix(text: 7.5, image: 1.5),
      plan: try SamplerPlan(.eulerAncestral(), stepCount: 10, schedule: .stableDiffusion))
    let noise = RecordedNoise(
      [try golden.tensor("first_noise")] + (try golden.tensors("noises")))
    let expected = try golden.tensors("latents")
    var run = pipeline.run(request, noise: noise)
    while let step = run.next() {
      let latent = expected[step.index].floats
      let size = latent.reduce(0) { max($0, abs($1)) }
      expectClose(
        step.latent.floats, latent, absolute: 4e-5 * Double(size), "step \(step.index)")
    }
    let picture = pipeline.picture(of: run.latent)
    #expect(picture.shape == [1, 16, 24, 3])
    expectClose(
      picture.affine(scale: 0.5, offset: 0.5).floats, try golden.file.floats("result"),
      absolute: 4e-5, "picture")
  }

  @Test func picturesOfABatchDoNotInfluenceEachOther() throws {
    let golden = try DiffusionGolden("pipeline")
    let pipeline = try pipeline(golden)
    let (text, null) = try tokens(golden)
    let picture = try golden.tensor("picture")
    let dark = picture.affine(scale: 0.5, offset: -0.5)
    func result(_ pictures: [Tensor], _ tokens: [[Int32]], _ seeds: [UInt64]) throws -> [Float] {
      let request = EditPipeline.Request(
        pictures: Tensor.stacked(pictures).reshaped([pictures.count, 16, 24, 3]), tokens: tokens,
        nullTokens: null, guidance: .instructDiffusion(),
        plan: try SamplerPlan(.ddim(), stepCount: 2, schedule: .stableDiffusion))
      var run = pipeline.run(request, noise: SeededNoise(seeds.map { RandomStream(seed: $0) }))
      while run.next() != nil {}
      return run.latent.floats
    }
    let both = try result([picture, dark], [text, null], [1, 2])
    let second = try result([dark], [null], [2])
    let size = Double(second.reduce(0) { max($0, abs($1)) })
    expectClose(Array(both[second.count...]), second, absolute: 1e-4 * size)
  }

  @Test func droppedBranchesChangeNothing() throws {
    // With the image scale at 1 the unconditional branch has no weight; a scale next to 1 keeps it.
    let golden = try DiffusionGolden("pipeline")
    let pipeline = try pipeline(golden)
    let (text, null) = try tokens(golden)
    func result(_ guidance: Guidance) throws -> [Float] {
      let request = EditPipeline.Request(
        pictures: try golden.tensor("picture"), tokens: [text], nullTokens: null,
        guidance: guidance,
        plan: try SamplerPlan(.euler, stepCount: 2, schedule: .stableDiffusion))
      var run = pipeline.run(request, noise: SeededNoise(seed: 12))
      while run.next() != nil {}
      return run.latent.floats
    }
    let two = try result(.instructPix2Pix(text: 3, image: 1))
    let three = try result(.instructPix2Pix(text: 3, image: 1 + 1e-9))
    let size = Double(two.reduce(0) { max($0, abs($1)) })
    expectClose(two, three, absolute: 1e-4 * size)
  }

  @Test func modelsThatDoNotBelongTogetherAreRefused() throws {
    let golden = try DiffusionGolden("pipeline")
    let whole = try pipeline(golden)
    var configuration = whole.unet.configuration
    configuration.inputChannels = 4
    let plain = configuration
    let error = #expect(throws: ReportableError.self) {
      try EditPipeline(
        unet: UNet(plain, weights: .random(seed: 0), purpose: .inference),
        autoencoder: whole.autoencoder, texts: whole.texts,
        schedule: .stableDiffusion, prediction: .epsilon)
    }
    #expect(error?.message.contains("4 input channels where 8 are needed") == true)
  }
}
