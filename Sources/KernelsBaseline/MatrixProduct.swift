import KernelInterface

extension VectorKernels {
  /// Floats of scratch for one concurrent call of `multiply`, whatever its rows.
  public func multiplyScratchCount(k: Int, n: Int) -> Int {
    MatrixBlocking.alignmentRoom + MatrixBlocking.rows * MatrixBlocking.rowStride
      + TallTile<TwoVectors>.height * PanelLayout.width + MatrixBlocking.rows * PanelLayout.width
  }

  /// Rows `rows` of `c = epilogue(A B)`, block by block of the reduction.
  public func multiply(
    rows: Range<Int>, _ a: LeftOperand, packed b: UnsafePointer<Float>, k: Int, n: Int,
    into c: UnsafeMutablePointer<Float>, leadingDimension: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let product = BlockedProduct(
      left: a, right: b, layout: PanelLayout(k: k, n: n), scratch: scratch)
    var finish = TileFinish(
      result: c, leadingDimension: leadingDimension, sums: c,
      sumsLeadingDimension: leadingDimension, columnCount: n, epilogue: epilogue)
    let panels = 0..<product.layout.count

    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(rows.upperBound, start + MatrixBlocking.rows)
      if epilogue.accumulates && epilogue.activation != .none && product.blockCount > 1 {
        // The result can't hold the sums: its old content does not go through the activation.
        for panel in panels {
          finish.sumsLeadingDimension = PanelLayout.width
          finish.sums =
            product.sums - (start * PanelLayout.width + panel * PanelLayout.width)
          product.multiply(
            rows: start..<end, panels: panel..<panel + 1, finish: finish, startsFromSums: false,
            accumulatesAtEnd: true)
        }
      } else {
        product.multiply(
          rows: start..<end, panels: panels, finish: finish,
          startsFromSums: epilogue.accumulates && epilogue.activation == .none,
          accumulatesAtEnd: epilogue.accumulates && epilogue.activation != .none)
      }
      start = end
    }
  }
}

/// A product cut into blocks: a block of the left operand is gathered into the second-level cache and
/// meets every panel of the right operand there.
private struct BlockedProduct {
  let left: LeftOperand
  let right: UnsafePointer<Float>
  let layout: PanelLayout
  let blockLength: Int
  let blockCount: Int
  let block: UnsafeMutablePointer<Float>
  let tile: UnsafeMutablePointer<Float>
  /// Room for the sums of one panel.
  let sums: UnsafeMutablePointer<Float>

  init(
    left: LeftOperand, right: UnsafePointer<Float>, layout: PanelLayout,
    scratch: UnsafeMutablePointer<Float>
  ) {
    self.left = left
    self.right = right
    self.layout = layout
    blockLength = MatrixBlocking.blockLength(covering: layout.k, limit: MatrixBlocking.depth)
    blockCount = max(1, (layout.k + blockLength - 1) / max(1, blockLength))
    block = MatrixBlocking.aligned(scratch)
    tile = block + MatrixBlocking.rows * MatrixBlocking.rowStride
    sums = tile + TallTile<TwoVectors>.height * PanelLayout.width
  }

  /// At most `MatrixBlocking.rows` rows of some panels.
  func multiply(
    rows: Range<Int>, panels: Range<Int>, finish: TileFinish, startsFromSums: Bool,
    accumulatesAtEnd: Bool
  ) {
    for index in 0..<blockCount {
      let steps = index * blockLength..<min(layout.k, (index + 1) * blockLength)
      left.gather(rows: rows, columns: steps, into: block, stride: MatrixBlocking.rowStride)
      let addsSums = index > 0 || startsFromSums
      for panel in panels {
        let columns = layout.columns(ofPanel: panel)
        let width = layout.width(ofPanel: panel)
        let b = right + layout.offset(ofPanel: panel) + steps.lowerBound * width
        var row = rows.lowerBound
        while row < rows.upperBound {
          let a = block + (row - rows.lowerBound) * MatrixBlocking.rowStride
          let height =
            width == PanelLayout.width
            ? fill(TwoVectors.self, a, b, count: steps.count, rows: rows.upperBound - row)
            : fill(OneVector.self, a, b, count: steps.count, rows: rows.upperBound - row)
          let next = min(rows.upperBound, row + height)
          let window = TileWindow(values: tile, width: width, rows: row..<next, columns: columns)
          if index + 1 < blockCount {
            finish.keep(window, addingSums: addsSums)
          } else {
            finish.complete(window, addingSums: addsSums, accumulating: accumulatesAtEnd)
          }
          row = next
        }
      }
    }
  }

  /// Computes the tile that suits `rows` remaining rows and returns its height. Rows of the block
  /// behind the last one hold something or other; so do the tile's rows then.
  @inline(__always)
  private func fill<Columns: TileColumns>(
    _: Columns.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, rows: Int
  ) -> Int {
    if rows > MediumTile<Columns>.height {
      fill(TallTile<Columns>.self, a, b, count: count)
    } else if rows > ShortTile<Columns>.height {
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
      Tile.self, a, rowStride: MatrixBlocking.rowStride, stepStride: 1,
      b, columnStride: Tile.Columns.width, count: count, into: tile)
    return Tile.height
  }
}
