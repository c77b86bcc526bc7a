import Diffusion
import Platform
import TestSupport
import Testing

@Suite struct SamplerPlanTests {
  @Test(arguments: SamplerMethod.all, SamplerSpacing.allCases)
  func levelsFallAndTimestepsNeverRise(method: SamplerMethod, spacing: SamplerSpacing) throws {
    for endsInPureNoise in [false, true] {
      let schedule = try NoiseSchedule(
        ScheduleConfiguration(prediction: .v, endsInPureNoise: endsInPureNoise))
      for count in [1, 2, 3, 7, 499, 500, 501, 998, 999, 1000] {
        let plan = try SamplerPlan(method, spacing: spacing, stepCount: count, schedule: schedule)
        #expect(plan.stepCount == count && plan.sigmas.count == count + 1)
        #expect(zip(plan.sigmas, plan.sigmas.dropFirst()).allSatisfy { $0 > $1 })
        #expect(zip(plan.timesteps, plan.timesteps.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(plan.timesteps.allSatisfy { 0...999 ~= $0 })
        #expect(plan.sigmas[count - 1] > 0 && plan.sigmas[count] == 0)
        #expect(plan.initialScale >= plan.sigmas[0] && plan.initialScale.isFinite)
      }
    }
  }

  @Test func onlyLeadingStartsBelowTheHighestLevel() throws {
    let schedule = NoiseSchedule.stableDiffusion
    for spacing in SamplerSpacing.allCases {
      let plan = try SamplerPlan(.euler, spacing: spacing, stepCount: 20, schedule: schedule)
      let startsAtHighest = abs(plan.sigmas[0] / schedule.sigmas[999] - 1) < 1e-12
      #expect(startsAtHighest == (spacing != .leading), "\(spacing)")
    }
    let leading = try SamplerPlan(.ddim(), spacing: .leading, stepCount: 4, schedule: schedule)
    #expect(leading.timesteps == [751, 501, 251, 1])
    let withoutFirst = try SamplerPlan(.unipc, spacing: .leading, stepCount: 4, schedule: schedule)
    #expect(withoutFirst.timesteps == [801, 601, 401, 201])
  }

  @Test func leadingCountsFromTheSchedulesOffset() throws {
    for (offset, timesteps) in [(0, [750, 500, 250, 0]), (7, [757, 507, 257, 7])] {
      let schedule = try NoiseSchedule(ScheduleConfiguration(stepsOffset: offset))
      let plan = try SamplerPlan(.euler, spacing: .leading, stepCount: 4, schedule: schedule)
      #expect(plan.timesteps == timesteps.map(Double.init))
    }
    #expect(throws: ReportableError.self) {
      try NoiseSchedule(ScheduleConfiguration(stepsOffset: 1000))
    }
    #expect(throws: ReportableError.self) {
      try NoiseSchedule(ScheduleConfiguration(stepsOffset: -1))
    }
  }

  @Test(arguments: SamplerMethod.all)
  func onlyDDIMEndsAtTheFirstLevel(method: SamplerMethod) throws {
    let schedule = try NoiseSchedule(ScheduleConfiguration(endsAtFirstLevel: true))
    for spacing in SamplerSpacing.allCases {
      let plan = try SamplerPlan(method, spacing: spacing, stepCount: 5, schedule: schedule)
      #expect(plan.sigmas[5] == (method == .ddim() ? schedule.sigmas[0] : 0))
    }
  }

  @Test func smallSchedules() throws {
    let schedule = try NoiseSchedule(ScheduleConfiguration(timestepCount: 2))
    for method in SamplerMethod.all {
      for spacing in SamplerSpacing.allCases {
        let plan = try SamplerPlan(method, spacing: spacing, stepCount: 2, schedule: schedule)
        #expect(plan.timesteps == [1, 0])
      }
    }
  }

  @Test func usualSpacings() throws {
    for method in SamplerMethod.all {
      let plan = try SamplerPlan(method, stepCount: 5, schedule: .stableDiffusion)
      #expect(plan.spacing == method.usualSpacing)
      let named = try SamplerPlan(
        method, spacing: method.usualSpacing, stepCount: 5, schedule: .stableDiffusion)
      #expect(plan == named)
      let whole = plan.timesteps.allSatisfy { $0 == $0.rounded() }
      #expect(whole == (method.usualSpacing == .trailing))
    }
  }

  @Test func namesOfSpacings() throws {
    for spacing in SamplerSpacing.allCases {
      #expect(try SamplerSpacing(name: spacing.rawValue) == spacing)
    }
    let error = #expect(throws: ReportableError.self) { try SamplerSpacing(name: "Karras") }
    #expect(error?.code == .usage)
    #expect(
      error?.message
        == "unknown spacing \"Karras\"; choose one of uniform, trailing, leading, linspace, "
        + "karras, exponential")
  }
}
