/// Which source samples make up each new one along one axis, and with what weights.
///
/// The arithmetic follows Pillow's `Resample.c` step by step (also where it narrows to Float), so
/// that results agree to the bit.
struct ResamplingWeights {
  /// The first source sample of each new one.
  private(set) var starts: [Int] = []
  /// How many source samples each new one has.
  private(set) var counts: [Int] = []
  /// `[new samples, stride]`, normalised to a sum of 1.
  private(set) var values: [Double] = []
  let stride: Int

  /// Bits behind the point of the fixed-point weights: a product with 8 bits and two bits for sums
  /// outside 0...1 fit in 32.
  static let precisionBits: Int32 = 22

  /// - Parameters:
  ///   - sourceCount: samples along the axis.
  ///   - from: where the used part begins.
  ///   - to: where it ends.
  ///   - count: new samples.
  init(sourceCount: Int, from: Float, to: Float, count: Int, filter: ResizeFilter) {
    let scale = Double(to - from) / Double(count)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    let inverseScale = 1 / filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    starts.reserveCapacity(count)
    counts.reserveCapacity(count)
    values = [Double](repeating: 0, count: count * stride)
    for index in 0..<count {
      let center = Double(from) + (Double(index) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), sourceCount)
      let row = index * stride
      var sum = 0.0
      for offset in 0..<max(end - start, 0) {
        let weight = filter.weight(at: (Double(offset + start) - center + 0.5) * inverseScale)
        values[row + offset] = weight
        sum += weight
      }
      if sum != 0 {
        for offset in 0..<max(end - start, 0) { values[row + offset] /= sum }
      }
      starts.append(start)
      counts.append(max(end - start, 0))
    }
  }

  /// The weights times 2^22, rounded away from zero.
  var fixedPoint: [Int32] {
    values.map { value in
      let scaled = value * Double(1 << Self.precisionBits)
      return Int32(value < 0 ? scaled - 0.5 : scaled + 0.5)
    }
  }

  /// The source range that is read at all.
  var sourceRange: Range<Int> {
    guard let first = starts.first, let last = starts.last, let count = counts.last else {
      return 0..<0
    }
    return first..<(last + count)
  }

  /// The nearest source sample of each new one. The position is accumulated as Pillow does it.
  static func nearestIndices(sourceCount: Int, from: Float, to: Float, count: Int) -> [Int] {
    let step = Double(to - from) / Double(count)
    var position = Double(from) + step * 0.5
    return (0..<count).map { _ in
      defer { position += step }
      return min(max(Int(position), 0), sourceCount - 1)
    }
  }
}
