import Diffusion
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct SamplerTests {
  @Test func sigmasAreUniformInTime() throws {
    let plan = try SamplerPlan(.eulerAncestral(), stepCount: 20, schedule: .stableDiffusion)
    expectClose(
      plan.sigmas,
      [
        14.614641, 10.746802, 8.081519, 6.204934, 4.855653, 3.865379, 3.123762, 2.557166,
        2.115658, 1.764823, 1.480581, 1.245813, 1.048142, 0.878428, 0.729719, 0.596434, 0.473585,
        0.355545, 0.232164, 0.029167, 0,
      ], absolute: 6e-7)
    let long = try SamplerPlan(.euler, stepCount: 100, schedule: .stableDiffusion)
    expectClose(
      Array(long.sigmas[..<5] + long.sigmas[95...]),
      [
        14.614641, 13.752486, 12.952433, 12.209398, 11.518755, 0.200049, 0.171164, 0.138616,
        0.098695, 0.029167, 0,
      ], absolute: 6e-7)
    #expect(
      try SamplerPlan(.euler, stepCount: 1, schedule: .stableDiffusion).timesteps == [999])
  }

  @Test func ancestralSteps() throws {
    let sigmas = try SamplerPlan(.euler, stepCount: 100, schedule: .stableDiffusion).sigmas
    let first = Sampler.ancestralSplit(sigmas[0], sigmas[1], eta: 1)
    expectClose([first.down, first.up], [12.941191, 4.653651], absolute: 5e-6)
    let last = Sampler.ancestralSplit(sigmas[98], sigmas[99], eta: 1)
    expectClose([last.down, last.up], [0.008620, 0.027865], absolute: 1e-6)
    let end = Sampler.ancestralSplit(sigmas[99], 0, eta: 1)
    #expect(end.up == 0 && end.down == 0)
  }

  @Test(
    arguments: [
      ("euler-ancestral", SamplerMethod.eulerAncestral(), Prediction.epsilon),
      ("euler", .euler, .epsilon), ("euler-velocity", .euler, .v),
      ("ddim", .ddim(), .epsilon), ("ddim-velocity", .ddim(), .v), ("ddim-sample", .ddim(), .clean),
      ("dpm-2m", .dpm2M, .epsilon),
    ])
  func trajectoriesAreThoseOfTheReference(
    name: String, method: SamplerMethod, prediction: Prediction
  ) throws {
    let golden = try DiffusionGolden(name)
    let expected = try golden.tensors("latents")
    let plan = try SamplerPlan(method, stepCount: expected.count, schedule: .stableDiffusion)
    expectClose(plan.timesteps, try golden.file.floats("timesteps"), absolute: 0)

    let first = try golden.tensor("first_noise")
    var draws = [first]
    if golden.file["noises"] != nil { draws += try golden.tensors("noises") }
    let sampler = Sampler(
      plan, shape: first.shape, noise: RecordedNoise(draws), denoiser: toyDenoiser(prediction))
    var count = 0
    for step in sampler {
      #expect(step.index == count && step.count == expected.count)
      #expect(step.isLast == (count == expected.count - 1))
      // Single precision at noise levels of up to 15, in the reference too.
      expectClose(
        step.latent.floats, expected[count].floats, absolute: 1e-5, relative: 1e-5,
        "step \(count)")
      count += 1
    }
    #expect(count == expected.count)
  }

  /// LMS alone puts earlier slopes into the last step.
  @Test(arguments: SamplerMethod.all.filter { $0 != .lms })
  func theLastLatentIsTheLastEstimate(method: SamplerMethod) throws {
    let plan = try SamplerPlan(method, stepCount: 3, schedule: .stableDiffusion)
    let steps = Array(
      Sampler(
        plan, shape: [1, 2, 2, 4], noise: SeededNoise(seed: 4), denoiser: toyDenoiser(.v)))
    #expect(steps.count == 3)
    #expect(steps.last?.latent.floats == steps.last?.estimate.floats)
    #expect(steps.last?.nextSigma == 0)
  }

  @Test(arguments: SamplerMethod.all)
  func theCallerMayStopAndGoOn(method: SamplerMethod) throws {
    let plan = try SamplerPlan(method, stepCount: 6, schedule: .stableDiffusion)
    func sampler() -> Sampler {
      Sampler(plan, shape: [1, 2, 2, 4], noise: SeededNoise(seed: 9), denoiser: toyDenoiser(.v))
    }
    var stepwise = sampler()
    _ = stepwise.next()
    _ = stepwise.next()
    // A copy goes its own way.
    let copied = Array(stepwise)
    let rest = Array(stepwise)
    let whole = Array(sampler())
    #expect(rest.count == 4)
    #expect(rest.last?.latent.floats == whole.last?.latent.floats)
    #expect(copied.last?.latent.floats == whole.last?.latent.floats)
  }

  @Test(arguments: SamplerMethod.all)
  func aPictureDoesNotDependOnItsBatch(method: SamplerMethod) throws {
    let plan = try SamplerPlan(method, stepCount: 4, schedule: .stableDiffusion)
    func result(_ seeds: [UInt64]) -> [Float] {
      var sampler = Sampler(
        plan, shape: [seeds.count, 2, 2, 4],
        noise: SeededNoise(seeds.map { RandomStream(seed: $0) }), denoiser: toyDenoiser(.epsilon))
      while sampler.next() != nil {}
      return sampler.latent.floats
    }
    #expect(Array(result([5, 6])[16...]) == result([6]))
  }

  @Test(arguments: SamplerMethod.all, [1, 2, 7])
  func evaluationsAreCounted(method: SamplerMethod, stepCount: Int) throws {
    let plan = try SamplerPlan(method, stepCount: stepCount, schedule: .stableDiffusion)
    var count = 0
    var sampler = Sampler(plan, shape: [1, 1, 1, 4], noise: SeededNoise(seed: 1)) { x, _, _ in
      count += 1
      return x
    }
    while sampler.next() != nil {}
    #expect(count == plan.evaluationCount)
    #expect(count == (method == .heun ? 2 * stepCount - 1 : stepCount))
  }

  /// All samplers solve the same equation: with many steps to one solution.
  @Test(arguments: [SamplerMethod.heun, .ddim(), .dpm2M, .unipc, .lms])
  func methodsWithoutNoiseAgree(method: SamplerMethod) throws {
    func result(_ method: SamplerMethod, _ stepCount: Int) throws -> [Float] {
      let plan = try SamplerPlan(
        method, spacing: .uniform, stepCount: stepCount, schedule: .stableDiffusion)
      let first = Tensor([0.3, -1.2, 0.7, 2.1], shape: [1, 1, 1, 4])
      // The same start for all.
      let start = first * Float(plan.sigmas[0] / plan.initialScale)
      var sampler = Sampler(
        plan, shape: first.shape, noise: RecordedNoise([start]), denoiser: toyDenoiser(.v))
      while sampler.next() != nil {}
      return sampler.latent.floats
    }
    expectClose(try result(method, 400), try result(.euler, 1000), absolute: 0.02)
    if method == .ddim() {
      let (ddim, euler) = (try result(.ddim(), 10), try result(.euler, 10))
      #expect(ddim == euler)
    }
  }

  @Test(arguments: SamplerMethod.all, SamplerSpacing.allCases)
  func schedulesThatEndInPureNoiseStayFinite(
    method: SamplerMethod, spacing: SamplerSpacing
  ) throws {
    // The linear one's last level, 4096, is below the one before.
    for (betas, prediction, counts) in [
      (ScheduleConfiguration.BetaSchedule.scaledLinear, Prediction.v, [1, 2, 3, 4, 20, 100]),
      (.scaledLinear, .clean, [1, 2, 3, 4, 20, 100]), (.linear, .v, [2, 20, 1000]),
    ] {
      let schedule = try NoiseSchedule(
        ScheduleConfiguration(betaSchedule: betas, prediction: .v, endsInPureNoise: true))
      for count in counts {
        let plan = try SamplerPlan(method, spacing: spacing, stepCount: count, schedule: schedule)
        for step in Sampler(
          plan, shape: [1, 2, 2, 2], noise: SeededNoise(seed: 3),
          denoiser: toyDenoiser(prediction))
        {
          #expect(step.latent.floats.allSatisfy { $0.isFinite }, "\(count) steps, \(step.index)")
        }
      }
    }
  }

  @Test func namesAndStepCounts() throws {
    for method in SamplerMethod.all {
      #expect(try SamplerMethod(name: method.name) == method)
    }
    let error = #expect(throws: ReportableError.self) { try SamplerMethod(name: "dpm-3m") }
    #expect(
      error?.message
        == "unknown sampler \"dpm-3m\"; choose one of euler-ancestral, euler, heun, ddim, dpm-2m, "
        + "dpm-2m-sde, unipc, lms")
    for count in [0, 1001] {
      #expect(throws: ReportableError.self) {
        try SamplerPlan(.ddim(), stepCount: count, schedule: .stableDiffusion)
      }
    }
  }
}
