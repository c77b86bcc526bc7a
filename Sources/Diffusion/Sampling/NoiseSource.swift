import Platform
import TensorCore

/// Where a sampler takes its random numbers from: the first latent, then one draw per noisy step.
public protocol NoiseSource {
  /// Independent standard normal numbers `[N, ...]`.
  mutating func draw(_ shape: Shape) -> Tensor
}

/// One random stream per sample, so that a picture does not depend on what else is in its batch.
public struct SeededNoise: NoiseSource, Sendable {
  private var streams: [RandomStream]

  public init(_ streams: [RandomStream]) { self.streams = streams }

  /// One sample.
  public init(seed: UInt64) { self.init([RandomStream(seed: seed)]) }

  public mutating func draw(_ shape: Shape) -> Tensor {
    require(
      shape.rank > 0 && shape[0] == streams.count,
      "\(streams.count) random streams for a batch of shape \(shape)")
    let length = shape.count / max(streams.count, 1)
    return Tensor(shape: shape) { target in
      for index in streams.indices {
        streams[index].fillNormal(
          UnsafeMutableBufferPointer(rebasing: target[index * length..<(index + 1) * length]))
      }
    }
  }
}
