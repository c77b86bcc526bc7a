import KernelInterface

extension VectorKernels {
  /// Floats of scratch for one concurrent call of `weightGradient`, in either arithmetic.
  public func weightGradientScratchCount(
    rowCount: Int, outputCount: Int, columnCount: Int
  ) -> Int {
    GradientScratch.count(outputCount: outputCount)
  }

  /// Columns `columns` of `g (+)= dYᵀ X`, block by block of the reduction.
  public func weightGradient(
    columns: Range<Int>, outputGradient dY: UnsafePointer<Float>, leadingDimension: Int,
    rowCount: Int, outputCount: Int, _ x: LeftOperand, arithmetic: ProductArithmetic, k: Int,
    into g: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    if outputCount == 0 || columns.isEmpty { return }
    let finish = TileFinish(
      result: g, leadingDimension: k, sums: g, sumsLeadingDimension: k, columnCount: k,
      epilogue: Epilogue())
    func add<Arithmetic: TileArithmetic>(_: Arithmetic.Type) {
      BlockedGradient<Arithmetic>(
        outputGradient: dY, leadingDimension: leadingDimension, rowCount: rowCount,
        outputCount: outputCount, x: x, scratch: GradientScratch(scratch, outputCount: outputCount)
      ).add(columns: columns, accumulates: accumulates, finish: finish)
    }
    switch arithmetic {
    case .widened: add(FloatArithmetic.self)
    case .narrowed: add(BrainFloatArithmetic.self)
    }
  }
}

/// The gradient of a weight, cut into blocks of the reduction, which is over rows: those of `X` are
/// the vectors and those of `dY` the factors, so that neither is transposed. A word of both holds
/// neighbouring rows.
struct BlockedGradient<Arithmetic: TileArithmetic> {
  private typealias OneColumns = SingleColumns<Vector, Arithmetic>
  private typealias TwoColumns = DoubleColumns<Vector, Arithmetic>

  let outputGradient: UnsafePointer<Float>
  let leadingDimension: Int
  let rowCount: Int
  let outputCount: Int
  let x: LeftOperand
  let scratch: GradientScratch

  func add(columns: Range<Int>, accumulates: Bool, finish: TileFinish) {
    let blockLength = MatrixBlocking.blockLength(
      covering: rowCount, limit: MatrixBlocking.gradientRows * Arithmetic.stepsPerWord)
    var start = 0
    repeat {
      let rows = start..<min(rowCount, start + blockLength)
      packFactors(rows: rows)
      var column = columns.lowerBound
      while column < columns.upperBound {
        let blockColumns = column..<min(columns.upperBound, column + MatrixBlocking.depth)
        gather(rows: rows, columns: blockColumns)
        addBlock(
          columns: blockColumns, wordCount: Self.wordCount(rows.count),
          addingSums: accumulates || start > 0, finish: finish)
        column = blockColumns.upperBound
      }
      start = rows.upperBound
    } while start < rowCount
  }

  /// Words of `count` rows.
  @inline(__always) static func wordCount(_ count: Int) -> Int {
    (count + Arithmetic.stepsPerWord - 1) / Arithmetic.stepsPerWord
  }

  /// All outputs of some columns, whose rows are in the block.
  private func addBlock(
    columns: Range<Int>, wordCount: Int, addingSums: Bool, finish: TileFinish
  ) {
    var column = columns.lowerBound
    while column < columns.upperBound {
      let panel = column..<min(columns.upperBound, column + PanelLayout.width)
      let b = scratch.block + (column - columns.lowerBound)
      let isNarrow = panel.count <= OneVector.width
      var a = scratch.factors
      var output = 0
      while output < outputCount {
        let rest = outputCount - output
        let height =
          isNarrow
          ? fill(OneColumns.self, a, b, count: wordCount, outputs: rest)
          : fill(TwoColumns.self, a, b, count: wordCount, outputs: rest)
        let next = min(outputCount, output + height)
        let window = TileWindow(
          values: scratch.tile, width: isNarrow ? OneVector.width : TwoVectors.width,
          rows: output..<next, columns: panel)
        finish.complete(
          window, TileFinish.Mode(addsSums: addingSums, isLast: false, accumulates: false))
        a += height * wordCount
        output = next
      }
      column = panel.upperBound
    }
  }

  @inline(__always)
  private func fill<Columns: TileColumns>(
    _: Columns.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, outputs: Int
  ) -> Int {
    if outputs > MediumTile<Columns>.height {
      fill(TallTile<Columns>.self, a, b, count: count)
    } else if outputs > ShortTile<Columns>.height {
      fill(MediumTile<Columns>.self, a, b, count: count)
    } else {
      fill(ShortTile<Columns>.self, a, b, count: count)
    }
  }

  @inline(__always)
  private func fill<Tile: ProductTile>(
    _: Tile.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int
  ) -> Int {
    computeTile(
      Tile.self, a, rowStride: 1, stepStride: Tile.height, b,
      columnStride: MatrixBlocking.rowStride, count: count
    ).write(to: scratch.tile, stride: Tile.Columns.width)
    return Tile.height
  }
}
