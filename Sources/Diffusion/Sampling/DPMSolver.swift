import TensorCore

/// DPM-Solver++(2M), the midpoint form, of the probability flow or of the stochastic equation. The
/// first step, which knows no earlier estimate, and the last are of first order.
///
/// Source: huggingface/diffusers, `schedulers/scheduling_dpmsolver_multistep.py`,
/// `multistep_dpm_solver_second_order_update`, algorithms `dpmsolver++` and `sde-dpmsolver++`.
struct DPMSolver: SamplerSolver {
  /// The stochastic equation: noise is removed twice as fast and the difference added afresh.
  let addsNoise: Bool
  private var lastEstimate: Tensor?

  init(addsNoise: Bool) { self.addsNoise = addsNoise }

  mutating func step(
    _ x: Tensor, estimate: Tensor, at index: Int, in run: inout SamplerRun
  ) -> Tensor {
    defer { lastEstimate = estimate }
    let kept = run.keptFraction(at: index)
    guard kept > 0 else { return estimate }
    let target = lastEstimate.map { run.extrapolated(estimate, $0, at: index) } ?? estimate
    guard addsNoise else { return SamplerRun.straightStep(x, target, kept: kept) }
    // Levels of a schedule stretched to end in pure noise may rise once, at the start.
    let added = run.plan.sigmas[index + 1] * max(0, 1 - kept * kept).squareRoot()
    return SamplerRun.straightStep(x, target, kept: kept * kept)
      + run.noise.draw(x.shape) * Float(added)
  }
}
