import CVectorIntrinsics
import KernelInterface

extension VectorKernels {
  /// Floats of scratch for one concurrent call of `multiply`, whatever its rows.
  public func multiplyScratchCount(k: Int, n: Int) -> Int {
    MatrixBlocking.alignmentRoom + MatrixBlocking.rows * MatrixBlocking.rowStride
      + TallTile<TwoVectors>.height * PanelLayout.width + MatrixBlocking.rows * PanelLayout.width
      + MatrixBlocking.depth * PanelLayout.width
  }

  /// Rows `rows` and panels `panels` of `c = epilogue(A B)`, block by block of the reduction.
  public func multiply(
    rows: Range<Int>, panels: Range<Int>, _ a: LeftOperand, packed b: UnsafePointer<Float>,
    precision: WeightPrecision, k: Int, n: Int,
    into c: UnsafeMutablePointer<Float>, leadingDimension: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let finish = TileFinish(
      result: c, leadingDimension: leadingDimension, sums: c,
      sumsLeadingDimension: leadingDimension, columnCount: n, epilogue: epilogue)
    let layout = PanelLayout(k: k, n: n, precision: precision)
    guard case .patches(let map, let geometry) = a, geometry.inputDilation > 1 else {
      BlockedProduct(left: a, right: b, layout: layout, steps: 0..<k, phase: nil, scratch: scratch)
        .multiply(rows: rows, panels: panels, finish: finish)
      return
    }
    var firstStep = 0
    ConvolutionPhase.forEach(of: geometry) { phase in
      let steps = firstStep..<firstStep + phase.geometry.patchLength
      let product = BlockedProduct(
        left: .patches(map, phase.geometry), right: b, layout: layout, steps: steps, phase: phase,
        scratch: scratch)
      product.multiply(
        rows: phase.rank(of: rows.lowerBound)..<phase.rank(of: rows.upperBound), panels: panels,
        finish: finish)
      firstStep = steps.upperBound
    }
  }
}

/// A product cut into blocks: a block of the left operand is gathered into the second-level cache and
/// meets every panel of the right operand there.
private struct BlockedProduct {
  let left: LeftOperand
  let right: UnsafePointer<Float>
  let layout: PanelLayout
  /// The steps along `K` of the right operand that belong to the left operand.
  let steps: Range<Int>
  /// Which pixels the rows are; nil when they are the result's rows.
  let phase: ConvolutionPhase?
  let blockLength: Int
  let blockCount: Int
  let block: UnsafeMutablePointer<Float>
  let tile: UnsafeMutablePointer<Float>
  /// Room for the sums of one panel.
  let sums: UnsafeMutablePointer<Float>
  /// Room for the steps of one panel, widened for the tiles of a block.
  let widened: UnsafeMutablePointer<Float>

  init(
    left: LeftOperand, right: UnsafePointer<Float>, layout: PanelLayout, steps: Range<Int>,
    phase: ConvolutionPhase?, scratch: UnsafeMutablePointer<Float>
  ) {
    self.left = left
    self.right = right
    self.layout = layout
    self.steps = steps
    self.phase = phase
    blockLength = MatrixBlocking.blockLength(covering: steps.count, limit: MatrixBlocking.depth)
    blockCount = max(1, (steps.count + blockLength - 1) / max(1, blockLength))
    block = MatrixBlocking.aligned(scratch)
    tile = block + MatrixBlocking.rows * MatrixBlocking.rowStride
    sums = tile + TallTile<TwoVectors>.height * PanelLayout.width
    widened = sums + MatrixBlocking.rows * PanelLayout.width
  }

  func multiply(rows: Range<Int>, panels: Range<Int>, finish: TileFinish) {
    let accumulates = finish.epilogue.accumulates
    let isLinear = finish.epilogue.activation == .none
    var start = rows.lowerBound
    while start < rows.upperBound {
      let block = start..<min(rows.upperBound, start + MatrixBlocking.rows)
      if accumulates && !isLinear && blockCount > 1 {
        // The result can't hold the sums: its old content does not go through the activation.
        for panel in panels {
          var finish = finish
          finish.sumsLeadingDimension = PanelLayout.width
          finish.sums = sums - (start + panel) * PanelLayout.width
          finish.sumsAreResult = false
          multiply(
            rows: block, panels: panel..<panel + 1, finish: finish, startsFromSums: false,
            accumulatesAtEnd: true)
        }
      } else {
        multiply(
          rows: block, panels: panels, finish: finish,
          startsFromSums: accumulates && isLinear, accumulatesAtEnd: accumulates && !isLinear)
      }
      start = block.upperBound
    }
  }

  /// At most `MatrixBlocking.rows` rows of some panels.
  private func multiply(
    rows: Range<Int>, panels: Range<Int>, finish: TileFinish, startsFromSums: Bool,
    accumulatesAtEnd: Bool
  ) {
    for index in 0..<blockCount {
      let columns = index * blockLength..<min(steps.count, (index + 1) * blockLength)
      left.gather(rows: rows, columns: columns, into: block, stride: MatrixBlocking.rowStride)
      let mode = TileFinish.Mode(
        addsSums: index > 0 || startsFromSums, isLast: index + 1 == blockCount,
        accumulates: accumulatesAtEnd)
      for panel in panels {
        let columnRange = layout.columns(ofPanel: panel)
        let width = layout.width(ofPanel: panel)
        let b = weights(
          ofPanel: panel, width: width, from: steps.lowerBound + columns.lowerBound,
          count: columns.count)
        var row = rows.lowerBound
        while row < rows.upperBound {
          let a = block + (row - rows.lowerBound) * MatrixBlocking.rowStride
          let rest = rows.upperBound - row
          if finish.takesTiles(mode), phase == nil, rest >= TallTile<TwoVectors>.height,
            columnRange.count == width
          {
            row += fillResult(
              a, b, width: width, count: columns.count, row: row, column: columnRange.lowerBound,
              finish: finish)
            continue
          }
          let height =
            width == PanelLayout.width
            ? fill(TwoVectors.self, a, b, count: columns.count, rows: rest)
            : fill(OneVector.self, a, b, count: columns.count, rows: rest)
          let next = min(rows.upperBound, row + height)
          let window = TileWindow(
            values: tile, width: width, rows: row..<next, columns: columnRange)
          if let phase {
            finish.complete(window, of: phase, mode)
          } else {
            finish.complete(window, mode)
          }
          row = next
        }
      }
    }
  }

  /// Some steps of a panel as floats.
  @inline(__always)
  private func weights(
    ofPanel panel: Int, width: Int, from step: Int, count: Int
  ) -> UnsafePointer<Float> {
    let values = right + layout.offset(ofPanel: panel)
    switch layout.precision {
    case .fp32: return values + step * width
    case .bf16:
      // Blocks begin at even steps.
      widenPairs(values + step / 2 * width, count: count, width: width, into: widened)
      return UnsafePointer(widened)
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
      Tile.self, a, rowStride: MatrixBlocking.rowStride, stepStride: 1, b,
      columnStride: Tile.Columns.width, count: count
    ).write(to: tile, stride: Tile.Columns.width)
    return Tile.height
  }

  /// Computes one tall tile, straight from the registers into the result.
  @inline(__always)
  private func fillResult(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int, count: Int, row: Int,
    column: Int, finish: TileFinish
  ) -> Int {
    let target = finish.result + (row * finish.leadingDimension + column)
    for index in 0..<TallTile<TwoVectors>.height {
      // The result is written long after it was last touched.
      prefetchForWriting(target + index * finish.leadingDimension)
      prefetchForWriting(target + index * finish.leadingDimension + OneVector.width)
    }
    @inline(__always) func fill<Tile: ProductTile>(_: Tile.Type) {
      var tile = computeTile(
        Tile.self, a, rowStride: MatrixBlocking.rowStride, stepStride: 1, b,
        columnStride: Tile.Columns.width, count: count)
      if let bias = finish.epilogue.bias { tile.add(Tile.Columns(loading: bias + column)) }
      tile.write(to: target, stride: finish.leadingDimension)
    }
    if width == PanelLayout.width {
      fill(TallTile<TwoVectors>.self)
    } else {
      fill(TallTile<OneVector>.self)
    }
    return TallTile<TwoVectors>.height
  }
}
