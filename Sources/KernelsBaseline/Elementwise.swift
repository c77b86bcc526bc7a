import KernelInterface

extension VectorKernels {
  /// `y = a * alpha + b * beta`.
  public func combine(
    _ range: Range<Int>, a: UnsafePointer<Float>, alpha: Float, b: UnsafePointer<Float>,
    beta: Float, y: UnsafeMutablePointer<Float>
  ) {
    let alphas = Vector(repeating: alpha)
    let betas = Vector(repeating: beta)
    forEachVector(in: range) {
      store(multiplyAdd(load(a, $0), alphas, load(b, $0) * betas), y, $0)
    }
  }

  /// `y = x * scale + offset`.
  public func affine(
    _ range: Range<Int>, x: UnsafePointer<Float>, scale: Float, offset: Float,
    y: UnsafeMutablePointer<Float>
  ) {
    let scales = Vector(repeating: scale)
    let offsets = Vector(repeating: offset)
    forEachVector(in: range) { store(multiplyAdd(load(x, $0), scales, offsets), y, $0) }
  }

  /// `y = a * b`.
  public func multiply(
    _ range: Range<Int>, a: UnsafePointer<Float>, b: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    forEachVector(in: range) { store(load(a, $0) * load(b, $0), y, $0) }
  }

  /// `y = e^x`, denormal results included.
  public func exponential(
    _ range: Range<Int>, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    forEachVector(in: range) { store(vectorExpWide(load(x, $0)), y, $0) }
  }

  /// `y = min(max(x, lower), upper)`; NaN stays NaN.
  public func clamp(
    _ range: Range<Int>, x: UnsafePointer<Float>, lower: Float, upper: Float,
    y: UnsafeMutablePointer<Float>
  ) {
    let lowest = Vector(repeating: lower)
    let highest = Vector(repeating: upper)
    forEachVector(in: range) { store(vectorMin(vectorMax(load(x, $0), lowest), highest), y, $0) }
  }

  /// `y[m, c] = x[m, c] + v[m / rowsPerSample, c]`.
  public func addPerSample(
    rows: Range<Int>, channelCount: Int, rowsPerSample: Int, x: UnsafePointer<Float>,
    v: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let source = x + row &* channelCount
      let addend = v + (row / rowsPerSample) &* channelCount
      let target = y + row &* channelCount
      forEachVector(in: 0..<channelCount) {
        store(load(source, $0) + load(addend, $0), target, $0)
      }
    }
  }

  /// `sums[s, c] = Σ over the rows of sample s of x[m, c]`.
  ///
  /// Blocks of 64 rows are summed on their own, which keeps the rounding of long sums small.
  public func sumPerSample(
    samples: Range<Int>, channelCount: Int, rowsPerSample: Int, x: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Float>
  ) {
    for sample in samples {
      let source = x + sample &* rowsPerSample &* channelCount
      let target = sums + sample &* channelCount
      forEachVector(in: 0..<channelCount) { span in
        var total = Vector.zero
        var row = 0
        while row < rowsPerSample {
          let blockEnd = min(row &+ 64, rowsPerSample)
          var block = Vector.zero
          while row < blockEnd {
            block += load(source + row &* channelCount, span)
            row &+= 1
          }
          total += block
        }
        store(total, target, span)
      }
    }
  }
}
