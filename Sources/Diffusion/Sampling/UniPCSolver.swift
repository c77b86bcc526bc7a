import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// UniPC of second order with `B(h) = exp(h) - 1`, predicting the clean latent. The first step and
/// the last are of first order.
///
/// Source: huggingface/diffusers, `schedulers/scheduling_unipc_multistep.py`, `bh2`; Zhao et al.,
/// 2023, "UniPC", algorithms 5 and 6.
struct UniPCSolver: SamplerSolver {
  /// Where the step before began, after its own correction, and the estimate there.
  private var last: (start: Tensor, estimate: Tensor)?
  /// The estimate of the step before that.
  private var earlierEstimate: Tensor?

  mutating func step(
    _ x: Tensor, estimate: Tensor, at index: Int, in run: inout SamplerRun
  ) -> Tensor {
    let start = corrected(x, estimate, at: index, in: run)
    let kept = run.keptFraction(at: index)
    let target: Tensor
    if let last, kept > 0 {
      target = run.extrapolated(estimate, last.estimate, at: index)
    } else {
      target = estimate
    }
    earlierEstimate = last?.estimate
    last = (start, estimate)
    return SamplerRun.straightStep(start, target, kept: kept)
  }

  /// The step that led to `x` once more, now that the estimate where it ended is known.
  private func corrected(
    _ x: Tensor, _ estimate: Tensor, at index: Int, in run: SamplerRun
  ) -> Tensor {
    guard let last else { return x }
    let kept = run.keptFraction(at: index - 1)
    let change = estimate - last.estimate
    guard let earlierEstimate else {
      return SamplerRun.straightStep(last.start, last.estimate + change * 0.5, kept: kept)
    }
    let length = run.logarithmicLength(at: index - 1)
    let ratio = run.logarithmicLength(at: index - 2) / length
    let weights = Self.correctorWeights(length: length, ratio: ratio)
    let target =
      last.estimate + (last.estimate - earlierEstimate) * Float(weights.earlier / ratio)
      + change * Float(weights.present)
    return SamplerRun.straightStep(last.start, target, kept: kept)
  }

  /// Weights of the differences to the earlier estimate, per unit of `ratio`, and to the present
  /// one, by which quadratic changes of the estimate are integrated exactly.
  ///
  /// - Parameters:
  ///   - length: of the step, `h` in the paper.
  ///   - ratio: length of the step before to that of this one, `-r_1` in the paper.
  private static func correctorWeights(
    length: Double, ratio: Double
  ) -> (earlier: Double, present: Double) {
    let first = -expm1(-length) / length - 1
    let second = -first / length - 0.5
    let (sum, moment) = (first / expm1(-length), 2 * second / expm1(-length))
    // earlier + present = sum and -ratio * earlier + present = moment.
    let earlier = (sum - moment) / (1 + ratio)
    return (earlier, sum - earlier)
  }
}
