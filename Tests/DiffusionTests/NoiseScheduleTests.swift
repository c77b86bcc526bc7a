import Diffusion
import Foundation
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct NoiseScheduleTests {
  @Test func tableOfStableDiffusion() {
    let schedule = NoiseSchedule.stableDiffusion
    #expect(schedule.stepCount == 1000)
    let indices = [0, 1, 10, 100, 500, 900, 998, 999]
    expectClose(
      indices.map { schedule.cumulativeAlphas[$0] },
      [
        0.999150000, 0.998296028, 0.990431309, 0.894223478, 0.276332684, 0.014151142,
        0.004716699, 0.004660099,
      ], absolute: 6e-10)
    expectClose(
      indices.map { schedule.sigmas[$0] },
      [0.029167, 0.041314, 0.098291, 0.343931, 1.618279, 8.346597, 14.526276, 14.614641],
      absolute: 6e-7)
  }

  @Test(arguments: ["scaled_linear", "linear", "squaredcos_cap_v2"])
  func tablesAreThoseOfTheReference(name: String) throws {
    let golden = try DiffusionGolden("schedules")
    let json = #"{"beta_schedule": "\#(name)"}"#
    var configuration = try ScheduleConfiguration(json: Data(json.utf8))
    if name == "scaled_linear" {
      configuration.firstBeta = 0.00085
      configuration.lastBeta = 0.012
    }
    // The reference multiplies a thousand factors in single precision.
    expectClose(
      try NoiseSchedule(configuration).cumulativeAlphas, try golden.file.floats(name),
      absolute: 2e-7, relative: 2e-4)
  }

  @Test(arguments: ["scaled_linear", "linear"])
  func tablesThatEndInPureNoiseAreThoseOfTheReference(name: String) throws {
    let golden = try DiffusionGolden("schedules")
    var configuration = ScheduleConfiguration(prediction: .v, endsInPureNoise: true)
    if name == "linear" {
      configuration.betaSchedule = .linear
      (configuration.firstBeta, configuration.lastBeta) = (0.0001, 0.02)
    }
    let schedule = try NoiseSchedule(configuration)
    // The reference goes by way of single-precision betas.
    expectClose(
      Array(schedule.cumulativeAlphas.dropLast()),
      Array(try golden.file.floats(name + "-pure-noise").dropLast()), absolute: 1e-6)
    #expect(zip(schedule.sigmas, schedule.sigmas.dropFirst()).allSatisfy { $0 < $1 })
    if name == "scaled_linear" {
      #expect(schedule.cumulativeAlphas.last == 0x1p-24)
      #expect(abs(schedule.sigmas[999] - 4096) < 1e-3)
    }
    #expect(abs(schedule.timestep(of: schedule.sigma(at: 998.5)) - 998.5) < 1e-9)
    configuration.endsInPureNoise = false
    #expect(try NoiseSchedule(configuration).sigmas[0] == schedule.sigmas[0])
  }

  @Test func timestepsOfNoiseLevels() {
    let schedule = NoiseSchedule.stableDiffusion
    expectClose(
      [10, 1, 0.1, 0.02, 20, 0].map(schedule.timestep(of:)),
      [933.507, 353.890, 10.382, 0, 999, 0], absolute: 5e-4)
    for timestep in [0, 0.25, 13, 499.9, 998.5, 999] {
      expectClose(
        [schedule.timestep(of: schedule.sigma(at: timestep))], [timestep], absolute: 1e-9)
    }
    #expect(schedule.sigma(at: 1500) == schedule.sigma(at: 999))
  }

  @Test func noisedLatentsAndTargetsAreThoseOfTheReference() throws {
    let golden = try DiffusionGolden("schedules")
    let schedule = NoiseSchedule.stableDiffusion
    let (clean, noise) = (try golden.tensor("clean"), try golden.tensor("noise"))
    let timesteps = [3, 901]
    expectClose(
      schedule.noised(clean, noise: noise, timesteps: timesteps).floats,
      try golden.file.floats("noised"), absolute: 2e-6)
    func target(_ prediction: Prediction) -> [Float] {
      schedule.target(prediction, clean: clean, noise: noise, timesteps: timesteps).floats
    }
    expectClose(target(.v), try golden.file.floats("velocity"), absolute: 2e-6)
    #expect(target(.epsilon) == noise.floats)
    #expect(target(.clean) == clean.floats)
  }

  @Test(arguments: Prediction.allCases)
  func aPerfectAnswerGivesTheCleanLatentBack(prediction: Prediction) throws {
    let golden = try DiffusionGolden("schedules")
    let schedule = NoiseSchedule.stableDiffusion
    let (clean, noise) = (try golden.tensor("clean"), try golden.tensor("noise"))
    for timestep in [0, 400, 999] {
      let answer = schedule.target(
        prediction, clean: clean, noise: noise, timesteps: [timestep, timestep])
      let sigma = schedule.sigmas[timestep]
      expectClose(
        prediction.cleanEstimate(answer, x: clean + noise * Float(sigma), sigma: sigma).floats,
        clean.floats, absolute: 2e-5)
    }
  }

  @Test func schedulerFilesAreReadAndWritten() throws {
    let published = """
      {"_class_name": "EulerAncestralDiscreteScheduler", "beta_end": 0.012,
       "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000,
       "prediction_type": "epsilon", "steps_offset": 1, "trained_betas": null}
      """
    #expect(try ScheduleConfiguration(json: Data(published.utf8)) == .stableDiffusion)
    var other = ScheduleConfiguration.stableDiffusion
    other.prediction = .v
    other.endsInPureNoise = true
    other.stepsOffset = 0
    other.endsAtFirstLevel = true
    #expect(try ScheduleConfiguration(json: other.json()) == other)
    let own = String(decoding: try ScheduleConfiguration.stableDiffusion.json(), as: UTF8.self)
    #expect(!own.contains("set_alpha_to_one"))
  }

  @Test(arguments: [
    (#"{"trained_betas": [0.1]}"#, "trained_betas"),
    (
      #"{"rescale_betas_zero_snr": true, "prediction_type": "epsilon"}"#,
      "rescale_betas_zero_snr can't go with the prediction of noise"
    ),
    (#"{"beta_schedule": "sigmoid"}"#, "sigmoid"),
    (#"{"prediction_type": "flow"}"#, "flow"),
    (#"{"beta_end": 1.5}"#, "beta_end 1.5"),
    (#"{"num_train_timesteps": 1}"#, "num_train_timesteps is 1"),
    (#"{"beta_start": "small"}"#, "beta_start"),
    (#"{"beta_start": NaN}"#, "beta_start nan"),
    (#"{"beta_end": Infinity}"#, "beta_end inf"),
    (#"{"num_train_timesteps": NaN}"#, "num_train_timesteps"),
    (#"{"steps_offset": 1000}"#, "steps_offset is 1000"),
    (#"{"_class_name": "FlowMatchHeunDiscreteScheduler", "beta_end": 0.02}"#, "FlowMatchHeun"),
    (#"{"_class_name": "EDMEulerScheduler", "sigma_min": 0.002}"#, "not one of betas"),
    (#"{"_class_name": "UniPCMultistepScheduler", "use_flow_sigmas": true}"#, "use_flow_sigmas"),
  ])
  func otherSchedulesAreRefused(json: String, message: String) {
    let error = #expect(throws: ReportableError.self) {
      try ScheduleConfiguration(json: Data(json.utf8))
    }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }
}
