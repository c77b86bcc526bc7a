extension Image {
  /// The median of every 3x3 neighbourhood, channel by channel; the border continues outside
  /// (OpenCV's `medianBlur` of size 3).
  public func medianFiltered3x3() -> Image {
    Image(
      width: width, height: height,
      pixels: medians3x3(pixels, width: width, height: height, channels: 3))
  }
}

extension Plane where Element == UInt8 {
  /// The median of every 3x3 neighbourhood; the border continues outside.
  public func medianFiltered3x3() -> Plane {
    Plane(
      width: width, height: height,
      elements: medians3x3(elements, width: width, height: height, channels: 1))
  }
}

private func medians3x3(
  _ samples: [UInt8], width: Int, height: Int, channels: Int
) -> [UInt8] {
  let rowLength = width * channels
  return [UInt8](unsafeUninitializedCapacity: samples.count) { output, count in
    samples.withUnsafeBufferPointer { samples in
      for y in 0..<height {
        let rows = [max(y - 1, 0), y, min(y + 1, height - 1)].map { $0 * rowLength }
        for index in 0..<rowLength {
          let left = index < channels ? index : index - channels
          let right = index + channels < rowLength ? index + channels : index
          // Each row in order; then the median of nine is the median of the largest of the lows,
          // the median of the middles and the smallest of the highs.
          let a = sorted(
            samples[rows[0] + left], samples[rows[0] + index], samples[rows[0] + right])
          let b = sorted(
            samples[rows[1] + left], samples[rows[1] + index], samples[rows[1] + right])
          let c = sorted(
            samples[rows[2] + left], samples[rows[2] + index], samples[rows[2] + right])
          let low = max(a.low, b.low, c.low)
          let middle = sorted(a.middle, b.middle, c.middle).middle
          let high = min(a.high, b.high, c.high)
          output[y * rowLength + index] = sorted(low, middle, high).middle
        }
      }
    }
    count = samples.count
  }
}

@inline(__always)
private func sorted(
  _ a: UInt8, _ b: UInt8, _ c: UInt8
) -> (low: UInt8, middle: UInt8, high: UInt8) {
  let (small, large) = (min(a, b), max(a, b))
  return (min(small, c), max(small, min(large, c)), max(large, c))
}
