import TensorCore

/// Euler steps with the mean of the slopes at both ends; a plain one to level 0, where the slope is
/// not known.
///
/// Source: crowsonkb/k-diffusion, `k_diffusion/sampling.py`, `sample_heun` without churn.
struct HeunSolver: SamplerSolver {
  mutating func step(
    _ x: Tensor, estimate: Tensor, at index: Int, in run: inout SamplerRun
  ) -> Tensor {
    let kept = run.keptFraction(at: index)
    let end = SamplerRun.straightStep(x, estimate, kept: kept)
    guard kept > 0 else { return end }
    let endEstimate = run.estimate(end, at: index + 1)
    // The slopes are (x - estimate) / level; halves of both, put in terms of the plain step.
    return end + (endEstimate - estimate) * Float((1 - kept) / (2 * kept))
  }
}
