import Kernels
import TensorCore

/// Seeded standard normal values times `scale`, plus `offset`.
func normalValues(
  _ count: Int, seed: UInt64, scale: Double = 1, offset: Double = 0
) -> [Float] {
  var stream = RandomStream(seed: seed)
  return (0..<count).map { _ in Float(stream.normal() * scale + offset) }
}

func doubles(_ values: [Float]) -> [Double] { values.map(Double.init) }

/// Ways to cut `0 ..< count` into ranges: in one piece, one by one, and unevenly with empty ranges.
func splits(_ count: Int) -> [[Range<Int>]] {
  let uneven = [0, count / 5, count / 5, count / 2, max(0, count - 1), count].map { min($0, count) }
  return [
    [0..<count], (0..<count).map { $0..<$0 + 1 }, zip(uneven, uneven.dropFirst()).map { $0..<$1 },
  ]
}

/// Runs `body` for every way of cutting `0 ..< count` and returns the common result, or nil if they
/// differ in a single bit.
func commonResult(_ count: Int, _ body: ([Range<Int>]) -> [Float]) -> [Float]? {
  let results = splits(count).map(body)
  let bits = results.map { $0.map(\.bitPattern) }
  return bits.dropFirst().allSatisfy { $0 == bits[0] } ? results[0] : nil
}

/// `[rows, width]` spread to rows `stride` apart from column `offset` on, with NaN between.
func spread(_ dense: [Float], width: Int, stride: Int, offset: Int) -> [Float] {
  let rows = width == 0 ? 0 : dense.count / width
  var result = [Float](repeating: .nan, count: rows * stride)
  for row in 0..<rows {
    for column in 0..<width {
      result[row * stride + offset + column] = dense[row * width + column]
    }
  }
  return result
}

/// The inverse of `spread`; nil if anything but NaN is between the columns.
func gathered(_ spread: [Float], width: Int, stride: Int, offset: Int) -> [Float]? {
  var dense: [Float] = []
  for (index, value) in spread.enumerated() {
    let column = index % stride - offset
    if (0..<width).contains(column) {
      dense.append(value)
    } else if !value.isNaN {
      return nil
    }
  }
  return dense
}
