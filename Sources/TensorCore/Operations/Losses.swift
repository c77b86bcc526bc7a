import Kernels
import Platform

/// Elements per chunk of a reduction: fixed, so that sums do not depend on the thread count.
private let reductionChunk = 1 << 16

extension Tensor {
  /// Adds up `body` over fixed chunks of `0..<count`, in order; several are run at once.
  package static func reduced(_ count: Int, _ body: (Range<Int>) -> Double) -> Double {
    let chunkCount = (count + reductionChunk - 1) / reductionChunk
    guard chunkCount > 1 else { return count == 0 ? 0 : body(0..<count) }
    var partial = [Double](repeating: 0, count: chunkCount)
    partial.withUnsafeMutableBufferPointer { partial in
      let base = partial.baseAddress
      Parallel.forEachRange(chunkCount) { chunks in
        for chunk in chunks {
          base?[chunk] = body(
            (chunk * reductionChunk)..<min(count, (chunk + 1) * reductionChunk))
        }
      }
    }
    return partial.reduce(0, +)
  }

  /// `Σ x`, in Double. Not recorded.
  public func sum() -> Double { Tensor.reduced(count) { kernels.sums($0, x: base).sum } }

  /// `Σ x²`, in Double. Not recorded.
  public func sumOfSquares() -> Double {
    Tensor.reduced(count) { kernels.sums($0, x: base).squares }
  }

  /// The mean of all elements, `[1]`.
  public func mean() -> Tensor {
    let span = OperationProfile.begin("mean")
    defer { span.end() }
    let inputShape = shape
    let factor = 1 / Float(max(1, count))
    let output = Tensor([Float(sum() / Double(max(1, count)))], shape: [1])
    return Tensor.recorded("mean", output, inputs: [self], saving: []) { upstream, _ in
      [Tensor.full(inputShape, upstream.base[0] * factor)]
    }
  }

  /// The mean over the batch of each sample's mean squared difference, `[1]`.
  ///
  /// - Parameter sampleWeights: `[N]`, factors on the samples of the leading axis; 1 when nil.
  public static func meanSquaredError(
    _ a: Tensor, _ b: Tensor, sampleWeights: [Float]? = nil
  ) -> Tensor {
    require(
      a.shape == b.shape && a.count > 0, "squared error between \(a.shape) and \(b.shape)")
    let sampleCount = sampleWeights?.count ?? 1
    require(
      sampleWeights == nil || sampleCount == a.shape[0],
      "\(sampleCount) sample weights for \(a.shape)")
    let span = OperationProfile.begin("meanSquaredError")
    defer { span.end() }
    let perSample = a.count / sampleCount
    let weights = sampleWeights ?? [1]
    var total = 0.0
    for sample in 0..<sampleCount {
      let (a, b) = (a.base + sample * perSample, b.base + sample * perSample)
      total +=
        Double(weights[sample])
        * reduced(perSample) { kernels.squaredDistance($0, a: a, b: b) }
    }
    let scale = 2 / Float(a.count)
    let output = Tensor([Float(total / Double(a.count))], shape: [1])
    let (needsA, needsB) = (a.isTracked, b.isTracked)
    return recorded("meanSquaredError", output, inputs: [a, b], saving: [a, b]) { upstream, saved in
      let difference = Tensor(uninitialized: saved[0].shape)
      for sample in 0..<sampleCount {
        let factor = scale * weights[sample] * upstream.base[0]
        let offset = sample * perSample
        Parallel.forEachRange(perSample, grain: 4096) {
          kernels.combine(
            $0, a: saved[0].base + offset, alpha: factor, b: saved[1].base + offset,
            beta: -factor, y: difference.mutableBase + offset)
        }
      }
      return [needsA ? difference : nil, needsB ? difference * -1 : nil]
    }
  }

  /// The mean absolute difference, `[1]`; the gradient at equal elements is zero.
  public static func meanAbsoluteError(_ a: Tensor, _ b: Tensor) -> Tensor {
    require(
      a.shape == b.shape && a.count > 0, "absolute error between \(a.shape) and \(b.shape)")
    let span = OperationProfile.begin("meanAbsoluteError")
    defer { span.end() }
    let total = reduced(a.count) { kernels.absoluteDistance($0, a: a.base, b: b.base) }
    let output = Tensor([Float(total / Double(a.count))], shape: [1])
    let (needsA, needsB) = (a.isTracked, b.isTracked)
    return recorded("meanAbsoluteError", output, inputs: [a, b], saving: [a, b]) { up, saved in
      let factor = up.base[0] / Float(saved[0].count)
      let signs = Tensor(uninitialized: saved[0].shape)
      let (a, b, target) = (saved[0].base, saved[1].base, signs.mutableBase)
      Parallel.forEachRange(signs.count, grain: 4096) {
        for index in $0 {
          target[index] = a[index] > b[index] ? factor : a[index] < b[index] ? -factor : 0
        }
      }
      return [needsA ? signs : nil, needsB ? signs * -1 : nil]
    }
  }
}
