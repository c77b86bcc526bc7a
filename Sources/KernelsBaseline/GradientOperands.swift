import KernelInterface

/// The buffers of one weight gradient.
struct GradientScratch {
  /// Rows of `X` as words, `MatrixBlocking.rowStride` apart.
  let block: UnsafeMutablePointer<Float>
  /// Rows of `dY` as words: outputs in groups of a tile's height, each group word after word
  /// without gaps.
  let factors: UnsafeMutablePointer<Float>
  let tile: UnsafeMutablePointer<Float>
  /// Room for ``rowsAtATime`` rows of `X`, or for the words of as many rows of `dY`.
  let rows: UnsafeMutablePointer<Float>

  /// Rows that are looked through together, so that their cache lines are met again.
  @inline(__always) static var rowsAtATime: Int { 16 }

  static func count(outputCount: Int) -> Int {
    MatrixBlocking.alignmentRoom + blockCount + factorCount(outputCount) + tileCount
      + max(rowsAtATime * MatrixBlocking.rowStride, rowsAtATime / 2 * outputCount)
  }
  private static var blockCount: Int { MatrixBlocking.gradientRows * MatrixBlocking.rowStride }
  private static var tileCount: Int { TallTile<TwoVectors>.height * PanelLayout.width }

  private static func factorCount(_ outputCount: Int) -> Int {
    let height = TallTile<TwoVectors>.height
    return MatrixBlocking.gradientRows * ((outputCount + height - 1) / height * height)
  }

  init(_ scratch: UnsafeMutablePointer<Float>, outputCount: Int) {
    block = MatrixBlocking.aligned(scratch)
    factors = block + Self.blockCount
    tile = factors + Self.factorCount(outputCount)
    rows = tile + Self.tileCount
  }
}

extension BlockedGradient {
  /// Lays out columns `columns` of rows `rows` of `X`.
  func gather(rows: Range<Int>, columns: Range<Int>) {
    let stride = MatrixBlocking.rowStride
    guard Arithmetic.stepsPerWord > 1 else {
      return x.gather(rows: rows, columns: columns, into: scratch.block, stride: stride)
    }
    if case .matrix(let values, let leadingDimension) = x {
      return pairRows(
        values + (rows.lowerBound * leadingDimension + columns.lowerBound),
        stride: leadingDimension, rowCount: rows.count, columnCount: columns.count,
        into: scratch.block, targetStride: stride)
    }
    for start in Swift.stride(from: 0, to: rows.count, by: GradientScratch.rowsAtATime) {
      let count = min(GradientScratch.rowsAtATime, rows.count - start)
      let first = rows.lowerBound + start
      x.gather(rows: first..<first + count, columns: columns, into: scratch.rows, stride: stride)
      pairRows(
        scratch.rows, stride: stride, rowCount: count, columnCount: columns.count,
        into: scratch.block + Self.wordCount(start) * stride, targetStride: stride)
    }
  }

  /// Lays out rows `rows` of `dY`.
  func packFactors(rows: Range<Int>) {
    let wordCount = Self.wordCount(rows.count)
    for start in stride(from: 0, to: rows.count, by: GradientScratch.rowsAtATime) {
      let count = min(GradientScratch.rowsAtATime, rows.count - start)
      var source = outputGradient + (rows.lowerBound + start) * leadingDimension
      var sourceStride = leadingDimension
      if Arithmetic.stepsPerWord > 1 {
        pairRows(
          source, stride: leadingDimension, rowCount: count, columnCount: outputCount,
          into: scratch.rows, targetStride: outputCount)
        source = UnsafePointer(scratch.rows)
        sourceStride = outputCount
      }
      packFactors(
        source, stride: sourceStride, at: Self.wordCount(start), count: Self.wordCount(count),
        of: wordCount)
    }
  }

  /// Distributes `count` rows of words, which begin with the block's word `first` of `wordCount`.
  private func packFactors(
    _ source: UnsafePointer<Float>, stride: Int, at first: Int, count: Int, of wordCount: Int
  ) {
    var output = 0
    while output < outputCount {
      let height = registerTileHeight(covering: outputCount - output)
      let width = min(height, outputCount - output)
      var words = source + output
      var destination = scratch.factors + (output * wordCount + first * height)
      for _ in 0..<count {
        copyFloats(words, to: destination, count: width)
        if width < height { zeroFloats(destination + width, count: height - width) }
        words += stride
        destination += height
      }
      output += width
    }
  }
}
