import KernelInterface

extension VectorKernels {
  /// `sums[n] (+)= Σ_m x[m, n]` for `n` in `columns`.
  public func columnSums(
    columns: Range<Int>, of x: UnsafePointer<Float>, leadingDimension: Int, rowCount: Int,
    into sums: UnsafeMutablePointer<Float>, accumulates: Bool
  ) {
    // Sums of short blocks are added up, so that the error does not grow with the row count.
    let blockLength = MatrixBlocking.blockLength(covering: rowCount, limit: 256)
    var start = 0
    repeat {
      let end = min(rowCount, start + blockLength)
      var column = columns.lowerBound
      while column < columns.upperBound {
        let count = min(vectorWidth, columns.upperBound - column)
        var values = x + (start * leadingDimension + column)
        let addsOld = accumulates || start > 0
        var sum = Vector.zero
        if count == vectorWidth {
          for _ in start..<end {
            sum += load(values)
            values += leadingDimension
          }
          store(addsOld ? load(sums + column) + sum : sum, sums + column)
        } else {
          for _ in start..<end {
            sum += load(values, count: count)
            values += leadingDimension
          }
          store(
            addsOld ? load(UnsafePointer(sums + column), count: count) + sum : sum, sums + column,
            count: count)
        }
        column += vectorWidth
      }
      start = end
    } while start < rowCount
  }
}
