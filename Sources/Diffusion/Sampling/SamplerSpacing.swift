import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// How the noise levels of a run are spread over the schedule.
///
/// Golden: `spacings.safetensors`.
public enum SamplerSpacing: String, NamedChoice, Sendable {
  /// Evenly in time from the last timestep to 0, both included; not rounded.
  ///
  /// Source: crowsonkb/k-diffusion, `k_diffusion/external.py`, `DiscreteSchedule.get_sigmas`.
  case uniform
  /// Whole timesteps, counted back from the last in equal strides (Lin et al., 2023, table 2).
  case trailing
  /// Whole timesteps, counted up in equal strides from ``ScheduleConfiguration/stepsOffset``, as
  /// Stable Diffusion's own configurations ask for. The last timesteps are never visited; a run of
  /// one step sees almost no noise and is of no use.
  case leading
  /// diffusers' spacing of that name: evenly in time from the last timestep to 0; whole timesteps
  /// where its scheduler of the method has no others, and without the last one, 0, for DPM-Solver and
  /// UniPC. Levels between timesteps are on straight lines, which is how it differs from ``uniform``
  /// for the other methods.
  ///
  /// Deviates: a run of one step visits the last timestep and not the first.
  case linspace
  /// Evenly in the seventh root of the noise level, between the schedule's ends: most steps at low
  /// levels (Karras et al., 2022, equation 5).
  case karras
  /// Evenly in the logarithm of the noise level, between the schedule's ends.
  case exponential

  /// The spacing of that name.
  ///
  /// - Throws: ``ReportableError`` (`usage`) listing the names.
  public init(name: String) throws {
    guard let spacing = Self(rawValue: name) else {
      throw ReportableError(
        .usage,
        "unknown spacing \(quoted(name)); choose one of "
          + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = spacing
  }

  /// From the last timestep to 0, both included, evenly; not rounded.
  static func uniformTimesteps(_ count: Int, schedule: NoiseSchedule) -> [Double] {
    let last = schedule.lastTimestep
    guard count > 1 else { return [last] }
    // The product comes first so that whole timesteps come out whole.
    return (0..<count).map { last * Double(count - 1 - $0) / Double(count - 1) }
  }

  /// The last timestep and every `timestepCount / count`-th before it, rounded to whole ones.
  static func trailingTimesteps(_ count: Int, schedule: NoiseSchedule) -> [Double] {
    let total = Double(schedule.stepCount)
    return (0..<count).map {
      (total * Double(count - $0) / Double(count)).rounded(.toNearestOrEven) - 1
    }
  }

  /// Evenly from the last timestep to 0.
  ///
  /// - Parameters:
  ///   - rounded: to whole timesteps.
  ///   - withoutFirst: divides into one more and leaves timestep 0 out.
  static func linspaceTimesteps(
    _ count: Int, schedule: NoiseSchedule, rounded: Bool, withoutFirst: Bool
  ) -> [Double] {
    let last = schedule.lastTimestep
    // Rounded, so many would fall together.
    let strideCount = withoutFirst && count < schedule.stepCount ? count : count - 1
    guard strideCount > 0 else { return [last] }
    // The stride comes first, as in NumPy: halves are rounded alike.
    let stride = last / Double(strideCount)
    return (0..<count).map { index in
      if index == 0 { return last }
      let timestep = Double(strideCount - index) * stride
      return rounded ? timestep.rounded(.toNearestOrEven) : timestep
    }
  }

  /// Every `timestepCount / count`-th timestep, the stride rounded down, from the schedule's offset on.
  ///
  /// - Parameter withoutFirst: divides into one more and leaves the first out, as diffusers does for
  ///   DPM-Solver and UniPC.
  static func leadingTimesteps(
    _ count: Int, schedule: NoiseSchedule, withoutFirst: Bool
  ) -> [Double] {
    let strideCount = withoutFirst ? count : count - 1
    let stride = max(1, schedule.stepCount / (strideCount + 1))
    // With as many steps as there are timesteps, timestep 0 is needed too.
    let offset = schedule.configuration.stepsOffset
    let highest = min(strideCount * stride + offset, schedule.stepCount - 1)
    return (0..<count).map { Double(highest - $0 * stride) }
  }

  /// From the highest to the lowest level, evenly in their seventh root; the highest alone for one.
  static func karrasSigmas(_ count: Int, schedule: NoiseSchedule) -> [Double] {
    let exponent = 7.0
    return between(schedule, count, { pow($0, 1 / exponent) }, back: { pow($0, exponent) })
  }

  /// From the highest to the lowest level, evenly in their logarithm; the highest alone for one.
  static func exponentialSigmas(_ count: Int, schedule: NoiseSchedule) -> [Double] {
    between(schedule, count, { log($0) }, back: { exp($0) })
  }

  private static func between(
    _ schedule: NoiseSchedule, _ count: Int, _ scale: (Double) -> Double,
    back: (Double) -> Double
  ) -> [Double] {
    let (lowest, highest) = (schedule.sigmas[0], schedule.sigmas[schedule.stepCount - 1])
    let (low, high) = (scale(lowest), scale(highest))
    return (0..<count).map { index in
      // The ends exactly, so that they belong to whole timesteps.
      if index == 0 { return highest }
      if index == count - 1 { return lowest }
      return back(high + (low - high) * Double(index) / Double(count - 1))
    }
  }
}
