import Kernels
import Platform

/// Elements per range of a pointwise pass; fewer are done before a second thread has woken.
private let pointwiseGrain = 16384

extension Tensor {
  /// A result of `shape`, filled in parallel ranges of elements.
  private static func pointwise(
    _ shape: Shape, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let output = Tensor(uninitialized: shape)
    Parallel.forEachRange(shape.count, grain: pointwiseGrain) { body($0, output.mutableBase) }
    return output
  }

  private static func combined(_ a: Tensor, _ alpha: Float, _ b: Tensor, _ beta: Float) -> Tensor {
    pointwise(a.shape) {
      kernels.combine($0, a: a.base, alpha: alpha, b: b.base, beta: beta, y: $1)
    }
  }

  /// `a + b`, in `a`'s memory where nothing else holds it.
  static func sum(consuming a: consuming Tensor, _ b: Tensor) -> Tensor {
    var sum = a
    guard isKnownUniquelyReferenced(&sum.storage) else { return combined(sum, 1, b, 1) }
    sum.tapePosition = nil
    let base = sum.mutableBase
    Parallel.forEachRange(sum.count, grain: pointwiseGrain) {
      kernels.combine($0, a: base, alpha: 1, b: b.base, beta: 1, y: base)
    }
    return sum
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor {
    require(a.shape == b.shape, "sum of \(a.shape) and \(b.shape)")
    return recorded("add", combined(a, 1, b, 1), inputs: [a, b], saving: []) { upstream, _ in
      [upstream, upstream]
    }
  }

  public static func - (a: Tensor, b: Tensor) -> Tensor {
    require(a.shape == b.shape, "difference of \(a.shape) and \(b.shape)")
    let needsB = b.isTracked
    return recorded("subtract", combined(a, 1, b, -1), inputs: [a, b], saving: []) { upstream, _ in
      [upstream, needsB ? upstream * -1 : nil]
    }
  }

  /// Elementwise.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    require(a.shape == b.shape, "elementwise product of \(a.shape) and \(b.shape)")
    let (needsA, needsB) = (a.isTracked, b.isTracked)
    return recorded(
      "multiply", pointwise(a.shape) { kernels.multiply($0, a: a.base, b: b.base, y: $1) },
      inputs: [a, b], saving: [a, b]
    ) { upstream, saved in
      [needsA ? upstream * saved[1] : nil, needsB ? upstream * saved[0] : nil]
    }
  }

  public static func * (a: Tensor, factor: Float) -> Tensor { a.affine(scale: factor, offset: 0) }

  /// `scale * x + offset`.
  public func affine(scale: Float, offset: Float) -> Tensor {
    Tensor.recorded(
      "affine",
      Tensor.pointwise(shape) {
        kernels.affine($0, x: base, scale: scale, offset: offset, y: $1)
      }, inputs: [self], saving: []
    ) { upstream, _ in [upstream.affine(scale: scale, offset: 0)] }
  }

  /// `e^x`.
  public func exponential() -> Tensor {
    let span = OperationProfile.begin("exponential")
    defer { span.end() }
    let output = Tensor.pointwise(shape) { kernels.exponential($0, x: base, y: $1) }
    return Tensor.recorded("exponential", output, inputs: [self], saving: [output]) { up, saved in
      [up * saved[0]]
    }
  }

  /// Limited to `range`; the gradient is zero where the limit acts.
  public func clamped(_ range: ClosedRange<Float>) -> Tensor {
    Tensor.recorded(
      "clamp",
      Tensor.pointwise(shape) {
        kernels.clamp($0, x: base, lower: range.lowerBound, upper: range.upperBound, y: $1)
      }, inputs: [self], saving: [self]
    ) { upstream, saved in
      let (x, dy) = (saved[0].base, upstream.base)
      return [
        Tensor.pointwise(saved[0].shape) { elements, dx in
          for index in elements { dx[index] = range.contains(x[index]) ? dy[index] : 0 }
        }
      ]
    }
  }

  /// A pointwise activation.
  public func activated(_ activation: Activation) -> Tensor {
    guard activation != .none else { return self }
    return Tensor.recorded(
      "activate", Tensor.pointwise(shape) { kernels.activate($0, activation, x: base, y: $1) },
      inputs: [self], saving: [self]
    ) { upstream, saved in
      [
        Tensor.pointwise(saved[0].shape) {
          kernels.activationGradient(
            $0, activation, x: saved[0].base, dy: upstream.base, dx: $1)
        }
      ]
    }
  }

  /// The gated GELU of transformer feed-forwards: the first half of the channels times the GELU of
  /// the second half, `[..., 2C]` to `[..., C]`.
  public func geglu() -> Tensor {
    require(shape.last % 2 == 0, "geglu needs an even number of channels, not \(shape)")
    let span = OperationProfile.begin("geglu")
    defer { span.end() }
    let channelCount = shape.last / 2
    let rowCount = shape.rows
    let output = Tensor(uninitialized: shape.replacingLast(channelCount))
    OperationProfile.describe(shape: "\(shape)", byteCount: byteCount + output.byteCount)
    Parallel.forEachRange(rowCount, grain: 8) {
      kernels.geglu(rows: $0, channelCount: channelCount, x: base, y: output.mutableBase)
    }
    return Tensor.recorded("geglu", output, inputs: [self], saving: [self]) { upstream, saved in
      let dx = Tensor(uninitialized: saved[0].shape)
      Parallel.forEachRange(rowCount, grain: 8) {
        kernels.gegluGradient(
          rows: $0, channelCount: channelCount, x: saved[0].base, dy: upstream.base,
          dx: dx.mutableBase)
      }
      return [dx]
    }
  }

  /// `[N, ..., C] + [N, C]`: the same row added to every pixel of a sample.
  public func adding(perSample v: Tensor) -> Tensor {
    let channelCount = shape.last
    require(
      v.count == shape[0] * channelCount, "\(v.shape) can't be added to each sample of \(shape)")
    let span = OperationProfile.begin("addPerSample")
    defer { span.end() }
    let rowsPerSample = count / max(1, shape[0] * channelCount)
    let output = Tensor(uninitialized: shape)
    Parallel.forEachRange(shape.rows, grain: 16) {
      kernels.addPerSample(
        rows: $0, channelCount: channelCount, rowsPerSample: rowsPerSample, x: base, v: v.base,
        y: output.mutableBase)
    }
    let sampleShape = v.shape
    return Tensor.recorded("addPerSample", output, inputs: [self, v], saving: []) { upstream, _ in
      [upstream, upstream.summedPerSample().reshaped(sampleShape)]
    }
  }

  /// Sums over all pixels of each sample: `[N, ..., C]` to `[N, C]`. Not recorded.
  func summedPerSample() -> Tensor {
    let channelCount = shape.last
    let rowsPerSample = count / max(1, shape[0] * channelCount)
    let sums = Tensor(uninitialized: [shape[0], channelCount])
    Parallel.forEachRange(shape[0]) {
      kernels.sumPerSample(
        samples: $0, channelCount: channelCount, rowsPerSample: rowsPerSample, x: base,
        sums: sums.mutableBase)
    }
    return sums
  }
}
