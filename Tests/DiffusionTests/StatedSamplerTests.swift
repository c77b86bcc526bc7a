import Diffusion
import Foundation
import Platform
import TestSupport
import Testing

/// Scheduler files as diffusers saves them.
enum SchedulerGolden {
  /// The files' texts by name.
  static func texts() throws -> [String: String] {
    let path = try DiffusionGolden.folder() + "schedulers.json"
    return try JSONDecoder().decode(
      [String: String].self, from: Data(InputFile.bytes(at: path, maximumByteCount: 1 << 20)))
  }

  static func json(_ name: String) throws -> Data { Data(try #require(try texts()[name]).utf8) }
}

@Suite struct StatedSamplerTests {
  /// Files that are followed in all.
  static let followed: [(String, SamplerMethod, SamplerSpacing)] = [
    ("euler-ancestral-leading", .eulerAncestral(), .leading),
    ("euler-ancestral-leading-0", .eulerAncestral(), .leading),
    ("euler-ancestral-trailing", .eulerAncestral(), .trailing),
    ("euler-leading", .euler, .leading), ("euler-karras", .euler, .karras),
    ("heun-leading", .heun, .leading), ("lms-exponential", .lms, .exponential),
    ("lms-trailing", .lms, .trailing), ("ddim", .ddim(), .leading),
    ("ddim-stable", .ddim(), .leading), ("ddim-trailing", .ddim(), .trailing),
    ("dpm-2m", .dpm2M, .linspace), ("dpm-2m-leading", .dpm2M, .leading),
    ("dpm-2m-karras", .dpm2M, .karras), ("dpm-2m-sde", .dpm2MSDE, .linspace),
    ("unipc", .unipc, .linspace), ("unipc-leading", .unipc, .leading),
  ]

  @Test(arguments: followed)
  func answersAreThoseOfTheReference(
    name: String, method: SamplerMethod, spacing: SamplerSpacing
  ) throws {
    let json = try SchedulerGolden.json(name)
    let stated = try StatedSampler(json: json)
    #expect(stated.method == method && stated.spacing == spacing)
    #expect(stated.warning == nil, "\(stated)")
    let schedule = try NoiseSchedule(ScheduleConfiguration(json: json))
    let golden = try DiffusionGolden("schedulers")
    let noises = try DiffusionGolden("sampler-noise").tensors("noises")
    let counts = [1, 2, 4, 20, 100].filter { golden.file.names.contains("\(name)/\($0)/latent") }
    #expect(counts.count >= 3 && counts.contains(20))
    for count in counts {
      let key = "\(name)/\(count)"
      let plan = try SamplerPlan(method, spacing: spacing, stepCount: count, schedule: schedule)
      // The files are in single precision.
      expectClose(
        plan.timesteps, try golden.file.floats(key + "/timesteps"), absolute: 1e-6,
        relative: 1e-7, key)
      expectClose(
        plan.sigmas, try golden.file.floats(key + "/sigmas"), absolute: 0, relative: 1e-7, key)
      expectClose(
        [plan.initialScale], try golden.file.floats(key + "/initial_scale"), absolute: 0,
        relative: 1e-7, key)
      let steps = Array(
        Sampler(
          plan, shape: noises[0].shape, noise: RecordedNoise(noises),
          denoiser: toyDenoiser(schedule.configuration.prediction)))
      let result = try #require(steps.last)
      expectClose(
        result.latent.floats, try golden.tensor(key + "/latent").floats,
        absolute: SamplerGoldenTests.tolerance(plan, steps), relative: 1e-5, key)
    }
  }

  /// diffusers' levels that no class asks for here.
  @Test(arguments: ["euler", "ddim"])
  func linspaceIsThatOfTheReference(name: String) throws {
    let golden = try DiffusionGolden("schedulers")
    for count in [2, 4, 20, 100] {
      let plan = try SamplerPlan(
        SamplerMethod(name: name), spacing: .linspace, stepCount: count,
        schedule: .stableDiffusion)
      let key = "linspace-\(name)/\(count)"
      expectClose(
        plan.timesteps, try golden.file.floats(key + "/timesteps"), absolute: 1e-6,
        relative: 1e-7, key)
      expectClose(
        plan.sigmas, try golden.file.floats(key + "/sigmas"), absolute: 0, relative: 1e-7, key)
    }
  }

  @Test(arguments: [
    ("euler-ancestral", SamplerMethod.eulerAncestral(), SamplerSpacing.uniform, nil),
    ("dpm-3m", .dpm2M, .linspace, "whose solver_order 3, lambda_min_clipped -5.1 is not followed"),
    ("ddim-clipping", .ddim(), .leading, "whose clip_sample true is not followed"),
    (
      "pndm", .eulerAncestral(), .uniform,
      "the model asks for PNDMScheduler, leading, which has no counterpart; euler-ancestral, "
        + "uniform is used"
    ),
    ("lcm", .eulerAncestral(), .uniform, "LCMScheduler, leading, which has no counterpart"),
  ])
  func whatIsNotFollowedIsSaid(
    name: String, method: SamplerMethod, spacing: SamplerSpacing, warning: String?
  ) throws {
    let stated = try StatedSampler(json: SchedulerGolden.json(name))
    #expect(stated.method == method && stated.spacing == spacing)
    #expect((stated.warning == nil) == (warning == nil))
    if let warning {
      #expect(stated.warning?.contains(warning) == true, "\(stated.warning ?? "")")
    }
  }

  @Test func otherProcessesAreRefused() throws {
    let json = try SchedulerGolden.json("flow-match")
    let error = #expect(throws: ReportableError.self) { try ScheduleConfiguration(json: json) }
    #expect(error?.code == .badData)
    #expect(
      error?.message.contains("describes a \"FlowMatchEulerDiscreteScheduler\"") == true)
  }

  @Test(arguments: [
    (#"{"timestep_spacing": "wide"}"#, "\"timestep_spacing\" = \"wide\""),
    (#"{"_class_name": "DPMSolverMultistepScheduler", "solver_order": NaN}"#, "solver_order"),
    (#"{"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": 3}"#, "use_karras_sigmas"),
  ])
  func unreadableFilesAreRefused(json: String, message: String) {
    let error = #expect(throws: ReportableError.self) {
      try StatedSampler(json: Data(json.utf8))
    }
    #expect(error?.code == .badData && error?.message.contains(message) == true)
  }

  @Test func optionsOfOtherClassesSayNothing() throws {
    let json = #"""
      {"_class_name": "EulerAncestralDiscreteScheduler", "clip_sample": true, "solver_order": 3,
       "use_karras_sigmas": true, "skip_prk_steps": true}
      """#
    let stated = try StatedSampler(json: Data(json.utf8))
    #expect(stated.spacing == .uniform && stated.warning == nil)
    #expect(try StatedSampler(json: Data("{}".utf8)).className == StatedSampler.usualClass)
  }
}
