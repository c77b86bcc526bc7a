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

  /// The picture's side in pixels.
  var resolution: Int { picture.shape[1] }

  var passCount: Int { plan.evaluationCount * guidance.passCount }

  func parts(
    _ parts: [BenchmarkedPart], repeats: Int, progress: (String) -> Void
  ) -> [ModelBenchmark.Part] {
    parts.map { part in
      progress(part.title)
      let body = work(of: part)
      body()
      let allocations = MemoryPool.statistics.systemAllocationCount
      var times: [Double] = []
      var profiles: [[OperationProfile.Entry]] = []
      for _ in 0..<repeats {
        let (profile, time) = Stopwatch.milliseconds { OperationProfile.record(body) }
        times.append(time)
        profiles.append(profile.entries)
      }
      let table = OperationTable(profiles)
      return ModelBenchmark.Part(
        name: part.title, batch: part.batch, milliseconds: Spread(times),
        gigaflop: table.gigaflop, operations: table,
        lateAllocationCount: MemoryPool.statistics.systemAllocationCount - allocations)
    }
  }

  /// The part's work once, on operands that are made here.
  func work(of part: BenchmarkedPart) -> () -> Void {
    let result = result(of: part)
    return { _ = result() }
  }

  /// What the part computes: a tensor, or nothing for what the UNet has ready for all steps.
  func result(of part: BenchmarkedPart) -> () -> Tensor? {
    switch part {
    case .textEncoder: return { pipeline.texts([tokens]) }
    case .encode: return { pipeline.autoencoder.encode(picture).mean }
    case .context(let batch):
      let texts = texts(batch)
      return {
        _ = pipeline.unet.context(of: texts)
        return nil
      }
    case .timeShifts:
      let timesteps = Array(Set(plan.timesteps))
      return {
        _ = pipeline.unet.timeShifts(of: timesteps)
        return nil
      }
    case .unet(let batch):
      let x = latents(batch, channels: pipeline.unet.configuration.inputChannels)
      let context = pipeline.unet.context(of: texts(batch))
      let time = pipeline.unet.timeShifts(of: Array(repeating: 500, count: batch))
      return { pipeline.unet(x, time: time, context: context) }
    case .decode:
      let latent = latents(1, channels: pipeline.autoencoder.configuration.latentChannels)
      return { pipeline.autoencoder.decode(latent) }
    case .answer:
      let request = EditPipeline.Request(
        pictures: picture, tokens: [tokens], nullTokens: tokens, guidance: guidance, plan: plan)
      return {
        var sampler = pipeline.run(request, noise: SeededNoise(seed: 5))
        while sampler.next() != nil {}
        return pipeline.picture(of: sampler.latent)
      }
    }
  }

  private func latents(_ batch: Int, channels: Int) -> Tensor {
    var stream = RandomStream(seed: 6)
    let side = picture.shape[1] / pipeline.autoencoder.configuration.reduction
    return .normal([batch, side, side, channels], using: &stream)
  }

  private func texts(_ batch: Int) -> Tensor {
    var stream = RandomStream(seed: 7)
    return .normal(
      [batch, tokens.count, pipeline.unet.configuration.contextWidth], using: &stream)
  }
}
