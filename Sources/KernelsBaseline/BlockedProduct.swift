import CVectorIntrinsics
import KernelInterface

/// A product cut into blocks: a block of the left operand is gathered into the second-level cache and
/// meets every panel of the right operand there.
struct BlockedProduct<Arithmetic: TileArithmetic> {
  private typealias OneColumns = SingleColumns<Vector, Arithmetic>
  private typealias TwoColumns = DoubleColumns<Vector, Arithmetic>

  let left: LeftOperand
  let right: UnsafePointer<Float>
  let layout: PanelLayout
  /// The steps along `K` of the right operand that belong to the left operand.
  let steps: Range<Int>
  /// Which pixels the rows are; nil when they are the result's rows.
  let phase: ConvolutionPhase?
  /// Steps of a block, a multiple of those in a word.
  let blockLength: Int
  let blockCount: Int
  let scratch: ProductScratch

  init(
    left: LeftOperand, right: UnsafePointer<Float>, layout: PanelLayout, steps: Range<Int>,
    phase: ConvolutionPhase?, scratch: ProductScratch
  ) {
    self.left = left
    self.right = right
    self.layout = layout
    self.steps = steps
    self.phase = phase
    self.scratch = scratch
    blockLength = MatrixBlocking.blockLength(
      covering: steps.count, limit: MatrixBlocking.depth * Arithmetic.stepsPerWord)
    blockCount = max(1, (steps.count + blockLength - 1) / max(1, blockLength))
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
          finish.sums = scratch.sums - (start + panel) * PanelLayout.width
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
      gather(rows: rows, columns: columns)
      let mode = TileFinish.Mode(
        addsSums: index > 0 || startsFromSums, isLast: index + 1 == blockCount,
        accumulates: accumulatesAtEnd)
      let wordCount = (columns.count + Arithmetic.stepsPerWord - 1) / Arithmetic.stepsPerWord
      for panel in panels {
        let columnRange = layout.columns(ofPanel: panel)
        let width = layout.width(ofPanel: panel)
        let firstStep = steps.lowerBound + columns.lowerBound
        let b = weights(ofPanel: panel, width: width, from: firstStep, count: columns.count)
        let isLastPanel = panel + 1 == panels.upperBound
        var ahead = wordsAhead(
          ofPanel: isLastPanel ? panels.lowerBound : panel + 1,
          from: isLastPanel && !mode.isLast ? firstStep + columns.count : firstStep,
          count: columns.count, rowCount: rows.count, wordCount: wordCount)
        var row = rows.lowerBound
        while row < rows.upperBound {
          let place = row - rows.lowerBound
          let a = scratch.block + place * MatrixBlocking.rowStride
          let rest = rows.upperBound - row
          if !Arithmetic.hasIntegerSums, phase == nil, finish.onlyAdds(mode),
            rest >= TallTile<TwoColumns>.height, columnRange.count == width
          {
            completeTall(
              a, b, width: width, count: wordCount, ahead: &ahead, row: row,
              column: columnRange.lowerBound, finish: finish, mode)
            row += TallTile<TwoColumns>.height
            continue
          }
          let height =
            width == PanelLayout.width
            ? fill(TwoColumns.self, a, b, count: wordCount, ahead: &ahead, rows: rest)
            : fill(OneColumns.self, a, b, count: wordCount, ahead: &ahead, rows: rest)
          let next = min(rows.upperBound, row + height)
          if Arithmetic.hasIntegerSums {
            scaleTile(
              places: place..<place + next - row, width: width,
              by: right + layout.offset(ofPanel: panel))
          }
          let window = TileWindow(
            values: scratch.tile, width: width, rows: row..<next, columns: columnRange)
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

  /// Steps `columns` of some rows as words.
  private func gather(rows: Range<Int>, columns: Range<Int>) {
    guard Arithmetic.stepsPerWord > 1 else {
      left.gather(
        rows: rows, columns: columns, into: scratch.block, stride: MatrixBlocking.rowStride)
      return
    }
    var words = scratch.block
    for (place, row) in rows.enumerated() {
      let source: UnsafePointer<Float>
      if case .matrix(let values, let leadingDimension) = left {
        source = values + (row * leadingDimension + columns.lowerBound)
      } else {
        left.gather(rows: row..<row + 1, columns: columns, into: scratch.row, stride: 0)
        source = UnsafePointer(scratch.row)
      }
      let factor = Arithmetic.narrow(source, count: columns.count, into: words)
      scratch.rowFactors[place] = factor.factor
      scratch.rowOffsets[place] = factor.offset
      words += MatrixBlocking.rowStride
    }
  }

  /// Where the words of a panel lie from a step on that begins one.
  @inline(__always)
  private func keptWords(ofPanel panel: Int, from step: Int) -> UnsafePointer<Float> {
    let word = layout.factorWords + step / layout.stepsPerWord
    return right + (layout.offset(ofPanel: panel) + word * layout.width(ofPanel: panel))
  }

  /// Words of `count` steps of a panel as the tiles take them.
  @inline(__always)
  private func weights(
    ofPanel panel: Int, width: Int, from step: Int, count: Int
  ) -> UnsafePointer<Float> {
    let kept = keptWords(ofPanel: panel, from: step)
    switch (layout.precision, Arithmetic.stepsPerWord) {
    case (.fp32, _), (.bf16, 2), (.int8, 4): return kept
    case (.bf16, _): widenPairs(kept, count: count, width: width, into: scratch.widened)
    case (.int8, 2): widenBytesToHalves(kept, count: count, width: width, into: scratch.widened)
    case (.int8, _):
      widenBytes(
        kept, factors: right + layout.offset(ofPanel: panel), count: count, width: width,
        into: scratch.widened)
    }
    return UnsafePointer(scratch.widened)
  }

  /// The words of what follows, for the tiles of `rowCount` rows and `wordCount` words.
  @inline(__always)
  private func wordsAhead(
    ofPanel panel: Int, from step: Int, count: Int, rowCount: Int, wordCount: Int
  ) -> WordsAhead {
    let height = TallTile<TwoColumns>.height
    let rest = min(count, steps.upperBound - step)
    return WordsAhead(
      keptWords(ofPanel: panel, from: step),
      count: (rest + layout.stepsPerWord - 1) / layout.stepsPerWord
        * layout.width(ofPanel: panel), tileCount: (rowCount + height - 1) / height,
      stepCount: wordCount)
  }

  /// Turns the integers of a tile into floats. `places` are its rows in the block.
  @inline(__always)
  private func scaleTile(places: Range<Int>, width: Int, by factors: UnsafePointer<Float>) {
    for column in stride(from: 0, to: width, by: vectorWidth) {
      let columnFactors = load(factors + column)
      var values = scratch.tile + column
      for place in places {
        let integers =
          unsafeBitCast(load(values), to: IntegerVector.self)
          &- scratch.rowOffsets[place]
        store(
          floatsOfIntegers(unsafeBitCast(integers, to: Vector.self))
            * (columnFactors * scratch.rowFactors[place]), values)
        values += width
      }
    }
  }

  /// Computes the tile that suits `rows` remaining rows and returns its height. Rows of the block
  /// behind the last one hold something or other; so do the tile's rows then.
  @inline(__always)
  private func fill<Columns: TileColumns>(
    _: Columns.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int,
    ahead: inout WordsAhead, rows: Int
  ) -> Int {
    if rows > MediumTile<Columns>.height {
      fill(TallTile<Columns>.self, a, b, count: count, ahead: &ahead)
    } else if rows > ShortTile<Columns>.height {
      fill(MediumTile<Columns>.self, a, b, count: count, ahead: &ahead)
    } else {
      fill(ShortTile<Columns>.self, a, b, count: count, ahead: &ahead)
    }
  }

  @inline(__always)
  private func fill<Tile: ProductTile>(
    _: Tile.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int,
    ahead: inout WordsAhead
  ) -> Int {
    computeTile(
      Tile.self, a, rowStride: MatrixBlocking.rowStride, b, columnStride: Tile.Columns.width,
      count: count, ahead: &ahead
    ).write(to: scratch.tile, stride: Tile.Columns.width)
    return Tile.height
  }

  /// Computes one tall tile and takes it where it goes, straight from the registers.
  @inline(__always)
  private func completeTall(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int, count: Int,
    ahead: inout WordsAhead, row: Int, column: Int, finish: TileFinish, _ mode: TileFinish.Mode
  ) {
    let sums = finish.sums + (row * finish.sumsLeadingDimension + column)
    let (target, stride) =
      mode.isLast
      ? (finish.result + (row * finish.leadingDimension + column), finish.leadingDimension)
      : (sums, finish.sumsLeadingDimension)
    for index in 0..<TallTile<TwoColumns>.height {
      // It is long ago that the result was last touched.
      prefetchForWriting(target + index * stride)
      prefetchForWriting(target + (index * stride + width - 1))
    }
    @inline(__always) func complete<Tile: ProductTile>(_: Tile.Type) {
      var tile = computeTile(
        Tile.self, a, rowStride: MatrixBlocking.rowStride, b, columnStride: Tile.Columns.width,
        count: count, ahead: &ahead)
      if mode.addsSums { tile.addRows(at: sums, stride: finish.sumsLeadingDimension) }
      if mode.isLast {
        if let bias = finish.epilogue.bias { tile.add(Tile.Columns(loading: bias + column)) }
        if let residual = finish.epilogue.residual {
          let stride = finish.epilogue.residualLeadingDimension
          tile.addRows(at: residual + (row * stride + column), stride: stride)
        }
      }
      tile.write(to: target, stride: stride)
    }
    if width == PanelLayout.width {
      complete(TallTile<TwoColumns>.self)
    } else {
      complete(TallTile<OneColumns>.self)
    }
  }
}
