import Diffusion
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

extension NoiseSchedule {
  /// The last timestep with probability `lastShare`, otherwise one below `limit` with density
  /// proportional to `t^power`; powers of 0 are uniform.
  package func timestep(
    lastShare: Double, limit: Int, power: Double, using stream: inout RandomStream
  ) -> Int {
    let draw = stream.uniform()
    guard draw >= lastShare else { return stepCount - 1 }
    let rest = (draw - lastShare) / (1 - lastShare)
    return min(limit - 1, Int(Double(limit) * pow(rest, 1 / (1 + power))))
  }
}
