import Diffusion
import TensorCore
import TestSupport
import Testing

/// Every sampler beside diffusers' scheduler, run in double precision.
@Suite struct SamplerGoldenTests {
  /// A file's name and the method that it holds trajectories of.
  static let methods: [(String, SamplerMethod)] =
    SamplerMethod.all.map { ($0.name, $0) } + [("ddim-noisy", .ddim(eta: 0.6))]

  /// One entry of a file: `spacing/prediction/steps`, with `/pure-noise` where the schedule ends in
  /// it. Holds the latents after each step, or the last alone.
  struct Entry {
    let name: String
    let spacing: SamplerSpacing
    let prediction: Prediction
    let stepCount: Int
    let endsInPureNoise: Bool

    init(_ name: String) throws {
      let parts = name.split(separator: "/").map(String.init)
      self.name = name
      spacing = try SamplerSpacing(name: parts[0])
      prediction = try #require(Prediction(rawValue: parts[1]))
      stepCount = try #require(Int(parts[2]))
      endsInPureNoise = parts.count > 3
    }

    func plan(_ method: SamplerMethod) throws -> SamplerPlan {
      // What is predicted changes nothing in the schedule.
      let schedule = try NoiseSchedule(
        ScheduleConfiguration(prediction: .v, endsInPureNoise: endsInPureNoise))
      return try SamplerPlan(method, spacing: spacing, stepCount: stepCount, schedule: schedule)
    }
  }

  @Test(arguments: methods)
  func trajectoriesAreThoseOfTheReference(name: String, method: SamplerMethod) throws {
    let noises = try DiffusionGolden("sampler-noise").tensors("noises")
    let golden = try DiffusionGolden("sampler-" + name)
    let entries = try golden.file.names.map(Entry.init)
    // At 1, 2, 4, 20 and 100 steps three predictions, and two with the schedule that ends in pure
    // noise; other spacings at 4 and 20, of which the reference's DDIM has but one.
    #expect(entries.count == (name.hasPrefix("ddim") ? 27 : 33))
    for entry in entries {
      let expected = try golden.tensors(entry.name)
      let plan = try entry.plan(method)
      let steps = Array(
        Sampler(
          plan, shape: noises[0].shape, noise: RecordedNoise(noises),
          denoiser: toyDenoiser(entry.prediction)))
      #expect(steps.count == entry.stepCount)
      let tolerance = Self.tolerance(plan, steps)
      for (step, expected) in zip(steps.suffix(expected.count), expected) {
        expectClose(
          step.latent.floats, expected.floats, absolute: tolerance, relative: 1e-5,
          "\(entry.name), step \(step.index)")
      }
    }
  }

  /// Rounding to single precision counts by the largest number that a run meets; Heun's correction
  /// enlarges it by half of the ratio of a step's noise levels.
  static func tolerance(_ plan: SamplerPlan, _ steps: [SamplerStep]) -> Double {
    let largest = steps.flatMap { $0.latent.floats.map(abs) }.max() ?? 0
    let ratios = zip(plan.sigmas, plan.sigmas.dropFirst().dropLast()).map { $0 / (2 * $1) }
    let growth = plan.method == .heun ? ratios.max() ?? 0 : 0
    return max(2e-6, 1e-7 * growth) * Double(max(1, largest))
  }

  @Test(arguments: ["euler", "ddim", "dpm-2m", "unipc"])
  func noiseLevelsAreThoseOfTheReference(name: String) throws {
    let golden = try DiffusionGolden("spacings")
    let method = try SamplerMethod(name: name)
    let spacings: [SamplerSpacing] =
      method == .ddim()
      ? [.trailing, .leading] : SamplerSpacing.allCases.filter { $0 != .linspace }
    for spacing in spacings {
      for count in [1, 2, 4, 20, 100] {
        let key = "\(name)/\(spacing.rawValue)/\(count)"
        let plan = try SamplerPlan(
          method, spacing: spacing, stepCount: count, schedule: .stableDiffusion)
        // The files are in single precision.
        expectClose(
          plan.timesteps, try golden.file.floats(key + "/timesteps"), absolute: 1e-6,
          relative: 1e-7, key)
        expectClose(
          plan.sigmas.dropLast(), try golden.file.floats(key + "/sigmas"), absolute: 0,
          relative: 1e-7, key)
        expectClose(
          [plan.initialScale], try golden.file.floats(key + "/initial_scale"), absolute: 0,
          relative: 1e-7, key)
        #expect(plan.sigmas.last == 0)
      }
    }
  }
}
