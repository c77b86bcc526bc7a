/// The two orders in which convolution weights are held.
package enum KernelOrder {
  /// `[O, I, kH, kW]` to `[O, kH, kW, I]`.
  package static func channelsLast(_ floats: [Float], stored: [Int]) -> [Float] {
    transposedInside(floats, blocks: stored[0], rows: stored[1], columns: stored[2] * stored[3])
  }

  /// `[O, kH, kW, I]` to `[O, I, kH, kW]`.
  package static func channelsFirst(_ floats: [Float], stored: [Int]) -> [Float] {
    transposedInside(floats, blocks: stored[0], rows: stored[2] * stored[3], columns: stored[1])
  }

  /// Transposes each of `blocks` consecutive `rows x columns` matrices.
  private static func transposedInside(
    _ floats: [Float], blocks: Int, rows: Int, columns: Int
  ) -> [Float] {
    guard rows > 1, columns > 1 else { return floats }
    let length = rows * columns
    return [Float](unsafeUninitializedCapacity: floats.count) { result, count in
      floats.withUnsafeBufferPointer { source in
        for start in stride(from: 0, to: blocks * length, by: length) {
          transpose(
            UnsafeBufferPointer(rebasing: source[start..<start + length]), rows: rows,
            into: UnsafeMutableBufferPointer(rebasing: result[start..<start + length]))
        }
      }
      count = floats.count
    }
  }

  /// Transposes one matrix of `rows` rows.
  static func transpose(
    _ source: UnsafeBufferPointer<Float>, rows: Int,
    into destination: UnsafeMutableBufferPointer<Float>
  ) {
    let columns = source.count / rows
    // Pieces that stay in the nearest cache while all of their columns are written.
    let piece = max(16, 4096 / columns)
    for first in stride(from: 0, to: rows, by: piece) {
      let end = min(rows, first &+ piece)
      for column in 0..<columns {
        for row in first..<end {
          destination[column &* rows &+ row] = source[row &* columns &+ column]
        }
      }
    }
  }
}
