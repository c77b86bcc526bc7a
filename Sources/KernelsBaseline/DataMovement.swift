import KernelInterface

extension VectorKernels {
  /// `y[m, yOffset + c] = x[m, xOffset + c]` for `c < width`, or adds with `accumulates`.
  public func copyColumns(
    rows: Range<Int>, width: Int, x: UnsafePointer<Float>, xStride: Int, xOffset: Int,
    y: UnsafeMutablePointer<Float>, yStride: Int, yOffset: Int, accumulates: Bool
  ) {
    for row in rows {
      let source = x + row &* xStride + xOffset
      let target = y + row &* yStride + yOffset
      if accumulates {
        forEachVector(in: 0..<width) { store(load(target, $0) + load(source, $0), target, $0) }
      } else {
        target.update(from: source, count: width)
      }
    }
  }

  /// Nearest-neighbour doubling of `[N, H, W, C]`; `rows` counts input lines.
  public func upsampleNearest(
    rows: Range<Int>, width: Int, channelCount: Int, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    let outputLine = 2 &* width &* channelCount
    for row in rows {
      let source = x + row &* width &* channelCount
      let upper = y + 2 &* row &* outputLine
      for pixel in 0..<width {
        let values = source + pixel &* channelCount
        let left = upper + 2 &* pixel &* channelCount
        left.update(from: values, count: channelCount)
        (left + channelCount).update(from: values, count: channelCount)
      }
      (upper + outputLine).update(from: upper, count: outputLine)
    }
  }

  /// Sum of the four output gradients of every pixel; `rows` counts input lines.
  public func upsampleNearestGradient(
    rows: Range<Int>, width: Int, channelCount: Int, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>
  ) {
    let outputLine = 2 &* width &* channelCount
    for row in rows {
      let upper = dy + 2 &* row &* outputLine
      let lower = upper + outputLine
      let target = dx + row &* width &* channelCount
      for pixel in 0..<width {
        let left = 2 &* pixel &* channelCount
        let right = left &+ channelCount
        let output = target + pixel &* channelCount
        forEachVector(in: 0..<channelCount) {
          let above = load(upper + left, $0) + load(upper + right, $0)
          let below = load(lower + left, $0) + load(lower + right, $0)
          store(above + below, output, $0)
        }
      }
    }
  }
}
