import Platform
import TensorCore

extension Tensor {
  /// `a * alphas + b * betas` with factors per sample of the leading axis. Not recorded.
  static func mixed(_ a: Tensor, _ alphas: [Float], _ b: Tensor, _ betas: [Float]) -> Tensor {
    let sampleCount = a.shape.rank > 0 ? a.shape[0] : 0
    require(
      a.shape == b.shape && alphas.count == sampleCount && betas.count == sampleCount,
      "\(a.shape) and \(b.shape) with \(alphas.count) and \(betas.count) factors")
    let length = a.count / max(sampleCount, 1)
    return Tensor(shape: a.shape) { result in
      a.withFloats { a in
        b.withFloats { b in
          for sample in 0..<sampleCount {
            let (alpha, beta) = (alphas[sample], betas[sample])
            for index in sample * length..<(sample + 1) * length {
              result[index] = alpha * a[index] + beta * b[index]
            }
          }
        }
      }
    }
  }

  /// The batch `count` times, one after the other: `[count * N, ...]`. Not recorded.
  func repeated(_ count: Int) -> Tensor {
    Tensor.stacked(Array(repeating: self, count: count))
      .reshaped(Shape([count * shape[0]] + shape.dims.dropFirst()))
  }

  /// Batches one after the other: `[M + N + ..., ...]`. Not recorded.
  static func batched(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first else { return Tensor.zeros([0]) }
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    return Tensor(shape: Shape([rows] + first.shape.dims.dropFirst())) { result in
      var offset = 0
      for part in parts {
        require(
          part.shape.dims.dropFirst() == first.shape.dims.dropFirst(),
          "\(part.shape) can't follow \(first.shape) in a batch")
        part.withFloats { source in
          for index in source.indices { result[offset + index] = source[index] }
          offset += source.count
        }
      }
    }
  }
}
