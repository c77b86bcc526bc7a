import Layers
import Platform
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// A timestep, whole or fractional, as a vector of sinusoids put through two linear layers.
struct TimestepEmbedding: Sendable {
  let first: Linear
  let second: Linear
  let width: Int
  let startsWithCosines: Bool
  let frequencyShift: Double

  init(_ scope: WeightScope, _ configuration: UNetConfiguration) {
    width = configuration.levels.first?.width ?? 0
    let timeWidth = configuration.timeWidth
    first = Linear(scope.child("linear_1"), inputs: width, outputs: timeWidth)
    second = Linear(scope.child("linear_2"), inputs: timeWidth, outputs: timeWidth)
    startsWithCosines = configuration.startsWithCosines
    frequencyShift = configuration.frequencyShift
  }

  /// - Returns: `[N, timeWidth]`, already through the SiLU that every residual block applies first.
  func callAsFunction(_ timesteps: [Double]) -> Tensor {
    let waves = Self.sinusoids(
      timesteps, width: width, startsWithCosines: startsWithCosines,
      frequencyShift: frequencyShift)
    return second(first(waves, activation: .silu), activation: .silu)
  }

  /// `cos(t f_j)` and `sin(t f_j)` with `f_j = 10000^(-j / (width/2 - shift))`, `[N, width]`.
  ///
  /// Deviates: angles in Double, where the reference multiplies in single precision.
  static func sinusoids(
    _ timesteps: [Double], width: Int, startsWithCosines: Bool = true, frequencyShift: Double = 0
  ) -> Tensor {
    let half = width / 2
    var floats = [Float](repeating: 0, count: timesteps.count * width)
    for (sample, timestep) in timesteps.enumerated() {
      for index in 0..<half {
        let frequency = exp(-log(10000) * Double(index) / (Double(half) - frequencyShift))
        let cosine = sample * width + (startsWithCosines ? index : half + index)
        let sine = sample * width + (startsWithCosines ? half + index : index)
        floats[cosine] = Float(cos(timestep * frequency))
        floats[sine] = Float(sin(timestep * frequency))
      }
    }
    return Tensor(floats, shape: [timesteps.count, width])
  }
}
