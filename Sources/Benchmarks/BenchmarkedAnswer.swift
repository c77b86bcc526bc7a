import Diffusion
import Models
import TensorCore

/// The parts of one answer with operands of their sizes.
struct BenchmarkedAnswer {
  let pipeline: EditPipeline
  let guidance: Guidance
  let plan: SamplerPlan
  let stepCount: Int
  let picture: Tensor
  let tokens: [Int32]

  init(_ pipeline: EditPipeline, _ card: ModelCard, resolution: Int, steps: Int) throws {
    self.pipeline = pipeline
    guidance = .instructPix2Pix(text: card.textGuidance, image: card.imageGuidance)
    stepCount = steps
    plan = try SamplerPlan(
      SamplerMethod(name: card.sampler), spacing: card.spacing.map(SamplerSpacing.init(name:)),
      stepCount: steps, schedule: pipeline.schedule)
    var stream = RandomStream(seed: 4)
    picture = Tensor.normal([1, resolution, resolution, 3], using: &stream).clamped(-1...1)
    let configuration = pipeline.texts.configuration
    tokens = (0..<configuration.positionCount).map {
      Int32(($0 * 31) % configuration.vocabularySize)
    }
  }

  var passCount: Int { plan.evaluationCount * guidance.passCount }

  func parts(repeats: Int, progress: (String) -> Void) throws -> [ModelBenchmark.Part] {
    func part(_ name: String, batch: Int, _ body: () -> Void) -> ModelBenchmark.Part {
      progress(name)
      body()
      var times: [Double] = []
      var profiles: [[OperationProfile.Entry]] = []
      for _ in 0..<repeats {
        let (profile, time) = Stopwatch.milliseconds { OperationProfile.record(body) }
        times.append(time)
        profiles.append(profile.entries)
      }
      let table = OperationTable(profiles)
      return ModelBenchmark.Part(
        name: name, batch: batch, milliseconds: Spread(times), gigaflop: table.gigaflop,
        operations: table)
    }

    let text = pipeline.texts([tokens])
    let latent = pipeline.autoencoder.conditioningLatent(of: picture)
    var parts = [
      part("text encoder", batch: 1) { _ = pipeline.texts([tokens]) },
      part("autoencoder, encoding", batch: 1) { _ = pipeline.autoencoder.encode(picture) },
    ]
    for batch in [1, 3] {
      let one = Tensor.concatenated(latent, latent)
      let x = Tensor.stacked(Array(repeating: one, count: batch))
        .reshaped(Shape([batch] + one.shape.dims.dropFirst()))
      let texts = Tensor.stacked(Array(repeating: text, count: batch))
        .reshaped(Shape([batch] + text.shape.dims.dropFirst()))
      let context = pipeline.unet.context(of: texts)
      let timesteps = Array(repeating: 500.0, count: batch)
      parts.append(
        part("UNet, batch \(batch)", batch: batch) {
          _ = pipeline.unet(x, timesteps: timesteps, context: context)
        })
    }
    parts.append(
      part("autoencoder, decoding", batch: 1) { _ = pipeline.autoencoder.decode(latent) })
    let request = EditPipeline.Request(
      pictures: picture, tokens: [tokens], nullTokens: tokens, guidance: guidance, plan: plan)
    parts.append(
      part("whole answer", batch: 1) {
        var sampler = pipeline.run(request, noise: SeededNoise(seed: 5))
        while sampler.next() != nil {}
        _ = pipeline.picture(of: sampler.latent)
      })
    return parts
  }
}
