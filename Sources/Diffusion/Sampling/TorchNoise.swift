import Platform
import TensorCore

/// Noise as a diffusers pipeline draws it with CPU generators of the same seeds, so that a seed
/// means the same picture there and here.
///
/// - Source: diffusers 0.42 `utils/torch_utils.py`, `randn_tensor`. Golden:
///   `torch-random.safetensors`.
public struct TorchNoise: NoiseSource, Sendable {
  private var generators: [TorchGenerator]
  /// The pipeline's element type.
  public let precision: TorchGenerator.Precision

  /// - Parameter generators: one per sample, whose pictures then do not depend on their batch; or
  ///   one that draws whole batches.
  public init(_ generators: [TorchGenerator], precision: TorchGenerator.Precision = .float32) {
    require(!generators.isEmpty, "noise needs a generator")
    self.generators = generators
    self.precision = precision
  }

  /// One generator.
  public init(seed: UInt64, precision: TorchGenerator.Precision = .float32) {
    self.init([TorchGenerator(seed: seed)], precision: precision)
  }

  /// - Parameter shape: `[N, ..., C]`; the numbers are drawn in the order of `[N, C, ...]`.
  public mutating func draw(_ shape: Shape) -> Tensor {
    require(
      shape.rank > 1 && (generators.count == 1 || shape[0] == generators.count),
      "\(generators.count) generators for a batch of shape \(shape)")
    let length = shape.count / generators.count
    let channelCount = shape.last
    let placeCount = shape.dims[1..<shape.rank - 1].reduce(1, *)
    return Tensor(shape: shape) { target in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.count) { drawn in
        for index in generators.indices {
          generators[index].fillNormal(
            UnsafeMutableBufferPointer(rebasing: drawn[index * length..<(index + 1) * length]),
            as: precision)
        }
        for sample in 0..<shape[0] {
          let start = sample * channelCount * placeCount
          for place in 0..<placeCount {
            for channel in 0..<channelCount {
              target[start + place * channelCount + channel] =
                drawn[start + channel * placeCount + place]
            }
          }
        }
      }
    }
  }
}
