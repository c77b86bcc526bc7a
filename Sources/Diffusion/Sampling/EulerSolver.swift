import TensorCore

/// Straight steps, with some of the noise made afresh.
///
/// DDIM is the same step, written for the process' latent: its variance is that of an ancestral
/// step.
struct EulerSolver: SamplerSolver {
  /// 1 renews as much of the noise as the process itself, 0 none.
  let eta: Double

  mutating func step(
    _ x: Tensor, estimate: Tensor, at index: Int, in run: inout SamplerRun
  ) -> Tensor {
    let (sigma, nextSigma) = (run.plan.sigmas[index], run.plan.sigmas[index + 1])
    guard eta > 0 else {
      return SamplerRun.straightStep(x, estimate, kept: nextSigma / sigma)
    }
    let (up, down) = Sampler.ancestralSplit(sigma, nextSigma, eta: eta)
    let result = SamplerRun.straightStep(x, estimate, kept: down / sigma)
    return up > 0 ? result + run.noise.draw(x.shape) * Float(up) : result
  }
}

extension Sampler {
  /// How a step to `nextSigma` is split: noise to add afterwards, and the level to go down to.
  package static func ancestralSplit(
    _ sigma: Double, _ nextSigma: Double, eta: Double
  ) -> (up: Double, down: Double) {
    let (square, nextSquare) = (sigma * sigma, nextSigma * nextSigma)
    // Stretched to end in pure noise, a linear schedule's last level lies below the one before it.
    let renewed = Swift.max(0, nextSquare * (square - nextSquare) / square)
    let up = Swift.min(nextSigma, eta * renewed.squareRoot())
    return (up, (nextSquare - up * up).squareRoot())
  }
}
