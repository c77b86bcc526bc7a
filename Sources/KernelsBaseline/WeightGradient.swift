import KernelInterface

extension VectorKernels {
  /// Floats of scratch for one concurrent call of `weightGradient`.
  public func weightGradientScratchCount(
    rowCount: Int, outputCount: Int, columnCount: Int
  ) -> Int {
    let height = TallTile<TwoVectors>.height
    let outputs = (outputCount + height - 1) / height * height
    return MatrixBlocking.alignmentRoom
      + MatrixBlocking.gradientRows * (MatrixBlocking.rowStride + outputs)
      + height * PanelLayout.width
  }

  /// Columns `columns` of `g (+)= dYᵀ X`: the rows of `X` are the vectors, those of `dY` the factors,
  /// so that neither is transposed.
  public func weightGradient(
    columns: Range<Int>, outputGradient dY: UnsafePointer<Float>, leadingDimension: Int,
    rowCount: Int, outputCount: Int, _ x: LeftOperand, k: Int,
    into g: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    if outputCount == 0 || columns.isEmpty { return }
    let block = MatrixBlocking.aligned(scratch)
    let factors = block + MatrixBlocking.gradientRows * MatrixBlocking.rowStride
    let height = TallTile<TwoVectors>.height
    let tile =
      factors + MatrixBlocking.gradientRows * ((outputCount + height - 1) / height * height)
    let finish = TileFinish(
      result: g, leadingDimension: k, sums: g, sumsLeadingDimension: k, columnCount: k,
      epilogue: Epilogue())

    let blockLength = MatrixBlocking.blockLength(
      covering: rowCount, limit: MatrixBlocking.gradientRows)
    var start = 0
    repeat {
      let rows = start..<min(rowCount, start + blockLength)
      packFactors(
        dY + start * leadingDimension, leadingDimension: leadingDimension, rowCount: rows.count,
        outputCount: outputCount, into: factors)
      var column = columns.lowerBound
      while column < columns.upperBound {
        let blockColumns = column..<min(columns.upperBound, column + MatrixBlocking.depth)
        x.gather(
          rows: rows, columns: blockColumns, into: block, stride: MatrixBlocking.rowStride)
        addGradient(
          columns: blockColumns, block: block, factors: factors, rowCount: rows.count,
          outputCount: outputCount, tile: tile, addingSums: accumulates || start > 0,
          finish: finish)
        column = blockColumns.upperBound
      }
      start = rows.upperBound
    } while start < rowCount
  }

  /// Outputs in groups of a tile's height, each group row after row without gaps.
  private func packFactors(
    _ dY: UnsafePointer<Float>, leadingDimension: Int, rowCount: Int, outputCount: Int,
    into factors: UnsafeMutablePointer<Float>
  ) {
    // A few rows at a time: their cache lines are met again by the next group of outputs.
    let piece = 16
    for start in stride(from: 0, to: rowCount, by: piece) {
      let rows = start..<min(rowCount, start + piece)
      var output = 0
      while output < outputCount {
        let height = registerTileHeight(covering: outputCount - output)
        let count = min(height, outputCount - output)
        var destination = factors + (output * rowCount + start * height)
        for row in rows {
          copyFloats(dY + (row * leadingDimension + output), to: destination, count: count)
          if count < height { zeroFloats(destination + count, count: height - count) }
          destination += height
        }
        output += count
      }
    }
  }

  private func addGradient(
    columns: Range<Int>, block: UnsafePointer<Float>, factors: UnsafePointer<Float>,
    rowCount: Int, outputCount: Int, tile: UnsafeMutablePointer<Float>, addingSums: Bool,
    finish: TileFinish
  ) {
    var column = columns.lowerBound
    while column < columns.upperBound {
      let panel = column..<min(columns.upperBound, column + PanelLayout.width)
      let b = block + (column - columns.lowerBound)
      let isNarrow = panel.count <= OneVector.width
      var a = factors
      var output = 0
      while output < outputCount {
        let height =
          isNarrow
          ? fill(OneVector.self, a, b, count: rowCount, outputs: outputCount - output, into: tile)
          : fill(TwoVectors.self, a, b, count: rowCount, outputs: outputCount - output, into: tile)
        let next = min(outputCount, output + height)
        let window = TileWindow(
          values: tile, width: isNarrow ? OneVector.width : TwoVectors.width,
          rows: output..<next, columns: panel)
        finish.complete(
          window, TileFinish.Mode(addsSums: addingSums, isLast: false, accumulates: false))
        a += height * rowCount
        output = next
      }
      column = panel.upperBound
    }
  }

  @inline(__always)
  private func fill<Columns: TileColumns>(
    _: Columns.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int,
    outputs: Int, into tile: UnsafeMutablePointer<Float>
  ) -> Int {
    if outputs > MediumTile<Columns>.height {
      fill(TallTile<Columns>.self, a, b, count: count, into: tile)
    } else if outputs > ShortTile<Columns>.height {
      fill(MediumTile<Columns>.self, a, b, count: count, into: tile)
    } else {
      fill(ShortTile<Columns>.self, a, b, count: count, into: tile)
    }
  }

  @inline(__always)
  private func fill<Tile: ProductTile>(
    _: Tile.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int,
    into tile: UnsafeMutablePointer<Float>
  ) -> Int {
    computeTile(
      Tile.self, a, rowStride: 1, stepStride: Tile.height, b,
      columnStride: MatrixBlocking.rowStride, count: count
    ).write(to: tile, stride: Tile.Columns.width)
    return Tile.height
  }
}
