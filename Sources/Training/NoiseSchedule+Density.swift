import Diffusion
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

extension NoiseSchedule {
  /// A timestep with density proportional to `t^power`; 0 is uniform.
  package func timestep(drawnWithPower power: Double, using stream: inout RandomStream) -> Int {
    let count = Double(stepCount)
    return min(stepCount - 1, Int(count * pow(stream.uniform(), 1 / (1 + power))))
  }
}
