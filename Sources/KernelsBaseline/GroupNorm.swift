import KernelInterface

extension VectorKernels {
  /// `y = activation((x - mean) * inverseDeviation * weight + bias)` for pixel rows `rows`.
  public func groupNormApply(
    rows: Range<Int>, x: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    inverseDeviation: UnsafePointer<Float>, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, pixelCount: Int, channelCount: Int, groupCount: Int,
    activation: Activation, y: UnsafeMutablePointer<Float>
  ) {
    forEachSample(of: rows, pixelCount: pixelCount) { sample, rows in
      let groups = sample &* groupCount
      withFloats(2 &* channelCount) { means in
        let factors = means + channelCount
        spread(mean + groups, to: means, channelCount: channelCount, groupCount: groupCount)
        spread(
          inverseDeviation + groups, to: factors, channelCount: channelCount,
          groupCount: groupCount)
        multiply(0..<channelCount, a: factors, b: weight, y: factors)
        switch activation {
        case .silu:
          normalize(SiLUFunction.self, rows, x, y, means, factors, bias, channelCount)
        default:
          normalize(IdentityFunction.self, rows, x, y, means, factors, bias, channelCount)
        }
      }
    }
  }

  /// Rows of one sample, with everything spread to channels.
  @inline(__always)
  private func normalize<Function: ActivationFunction>(
    _: Function.Type, _ rows: Range<Int>, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>,
    _ means: UnsafePointer<Float>, _ factors: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ channelCount: Int
  ) {
    for row in rows {
      let source = x + row &* channelCount
      let target = y + row &* channelCount
      forEachVector(in: 0..<channelCount) {
        let centred = load(source, $0) - load(means, $0)
        store(
          Function.value(multiplyAdd(centred, load(factors, $0), load(bias, $0))), target, $0)
      }
    }
  }

  /// Calls `body` for every sample that `rows` touches, with its part of them.
  @inline(__always)
  func forEachSample(
    of rows: Range<Int>, pixelCount: Int, _ body: (_ sample: Int, _ rows: Range<Int>) -> Void
  ) {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let sample = row / pixelCount
      let end = min(rows.upperBound, (sample &+ 1) &* pixelCount)
      body(sample, row..<end)
      row = end
    }
  }

  /// Lends `count` floats that begin on a cache line. (`withUnsafeTemporaryAllocation` compiles its
  /// body twice, and what is in it twice is not inlined.)
  @inline(__always)
  func withFloats(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(4, 4 &* count), alignment: 64)
    defer { memory.deallocate() }
    body(memory.bindMemory(to: Float.self, capacity: count))
  }

  /// Repeats every group's value for each of its channels.
  func spread(
    _ groups: UnsafePointer<Float>, to channels: UnsafeMutablePointer<Float>, channelCount: Int,
    groupCount: Int
  ) {
    let channelsPerGroup = channelCount / groupCount
    for group in 0..<groupCount {
      (channels + group &* channelsPerGroup).update(
        repeating: groups[group], count: channelsPerGroup)
    }
  }
}
