import KernelInterface

/// A small product with narrow operands whose result is known to the last bit: a processor, or a
/// machine that imitates one, may claim instructions that it does not carry out well.
enum NarrowProductCheck {
  private static let (rowCount, depth, columnCount) = (29, 131, 75)

  /// Whether `kernels` multiply numbers of `precision` as they should.
  static func passes(_ kernels: some KernelSet, _ precision: WeightPrecision) -> Bool {
    // Integers that either precision holds exactly, once 127 is among a row's or a column's.
    let left = integers(rows: rowCount, seed: 3)
    let right = integers(rows: columnCount, seed: 5)
    let panels = (columnCount + kernels.panelWidth - 1) / kernels.panelWidth
    var plain = [Float](repeating: 0, count: kernels.packedCount(k: depth, n: columnCount))
    kernels.pack(
      right, leadingDimension: depth, isTransposed: true, k: depth, n: columnCount,
      panels: 0..<panels, into: &plain)
    var narrow = [Float](
      repeating: 0,
      count: kernels.packedCount(k: depth, n: columnCount, precision: precision))
    kernels.narrow(
      plain, k: depth, n: columnCount, panels: 0..<panels, to: precision, into: &narrow)
    var scratch = [Float](
      repeating: 0, count: kernels.multiplyScratchCount(k: depth, n: columnCount))
    var result = [Float](repeating: .nan, count: rowCount * columnCount)
    left.withUnsafeBufferPointer { left in
      guard let base = left.baseAddress else { return }
      kernels.multiply(
        rows: 0..<rowCount, panels: 0..<panels, .matrix(base, leadingDimension: depth),
        packed: narrow, precision: precision, arithmetic: .narrowed, k: depth, n: columnCount,
        into: &result, leadingDimension: columnCount, epilogue: Epilogue(), scratch: &scratch)
    }
    return result == product(left, right)
  }

  private static func integers(rows: Int, seed: Int) -> [Float] {
    var values = (0..<rows * depth).map { Float(($0 * 37 + $0 / 11 * seed) % 255 - 127) }
    for row in 0..<rows { values[row * depth + row % depth] = 127 }
    return values
  }

  private static func product(_ left: [Float], _ right: [Float]) -> [Float] {
    var result: [Float] = []
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        result.append(
          (0..<depth).reduce(Float(0)) {
            $0 + left[row * depth + $1] * right[column * depth + $1]
          })
      }
    }
    return result
  }
}
