import TensorCore

/// The linear multistep method of fourth order (Adams and Bashforth's, for uneven steps): the last
/// slopes `(x - z_0) / sigma` are joined by a polynomial in the noise level, which is integrated.
///
/// Source: crowsonkb/k-diffusion, `k_diffusion/sampling.py`, `sample_lms`.
/// Deviates: the integrals are exact, the source's by adaptive quadrature.
struct LMSSolver: SamplerSolver {
  static let order = 4
  /// The last slopes, the newest first.
  private var slopes: [Tensor] = []

  mutating func step(
    _ x: Tensor, estimate: Tensor, at index: Int, in run: inout SamplerRun
  ) -> Tensor {
    let newest = (x - estimate) * Float(1 / run.plan.sigmas[index])
    slopes = [newest] + slopes.prefix(Self.order - 1)
    let weights = Self.weights(
      nodes: slopes.indices.map { run.plan.sigmas[index - $0] }, to: run.plan.sigmas[index + 1])
    // The weights add up to the step's length: a plain step with the newest slope, and the others'
    // differences from it.
    var result = SamplerRun.straightStep(x, estimate, kept: run.keptFraction(at: index))
    for (slope, weight) in zip(slopes, weights).dropFirst() {
      result = result + (slope - newest) * Float(weight)
    }
    return result
  }

  /// The integral from `nodes[0]` to `end` of each polynomial that is 1 at one node and 0 at the
  /// others.
  ///
  /// - Parameter nodes: at most 4, all different.
  static func weights(nodes: [Double], to end: Double) -> [Double] {
    let (middle, half) = ((nodes[0] + end) / 2, (end - nodes[0]) / 2)
    // Gauss' rule of two points is exact up to the third power.
    let offset = half / 3.0.squareRoot()
    return nodes.map { node in
      func value(at point: Double) -> Double {
        nodes.filter { $0 != node }.reduce(1) { $0 * (point - $1) / (node - $1) }
      }
      return half * (value(at: middle - offset) + value(at: middle + offset))
    }
  }
}
