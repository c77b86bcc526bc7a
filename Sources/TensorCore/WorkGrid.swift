/// A rectangle of work, cut into a few pieces that suit the threads.
///
/// Every piece of a product prepares its operands anew, so narrow pieces waste time; too few pieces
/// leave a thread idle. The choice changes no result: each element is computed inside one piece.
package struct WorkGrid {
  /// Sides of a piece, in units.
  private(set) var pieceRows: Int
  private(set) var pieceColumns: Int
  private let rows: Int
  private let columns: Int

  /// - Parameters:
  ///   - rows, columns: units along both sides.
  ///   - cost: time of a piece of so many rows and columns, in any unit.
  package init(rows: Int, columns: Int, threads: Int, cost: (_ rows: Int, _ columns: Int) -> Double)
  {
    self.rows = rows
    self.columns = columns
    pieceRows = max(rows, 1)
    pieceColumns = max(columns, 1)
    guard threads > 1, rows > 0, columns > 0 else { return }
    var best = Double.infinity
    let limit = 8 * threads
    for rowCuts in 1...min(rows, limit) {
      for columnCuts in 1...min(columns, max(1, limit / rowCuts)) {
        let height = (rows + rowCuts - 1) / rowCuts
        let width = (columns + columnCuts - 1) / columnCuts
        let count = ((rows + height - 1) / height) * ((columns + width - 1) / width)
        let piece = cost(height, width)
        // A tenth of a piece more, for threads that others slow down.
        let time = (Double((count + threads - 1) / threads) + 0.1) * piece
        if time < best {
          best = time
          (pieceRows, pieceColumns) = (height, width)
        }
      }
    }
  }

  private var columnPieces: Int { (columns + pieceColumns - 1) / pieceColumns }
  package var count: Int { (rows + pieceRows - 1) / pieceRows * columnPieces }

  /// The units of piece `index`.
  package func piece(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = index / columnPieces * pieceRows
    let column = index % columnPieces * pieceColumns
    return (row..<min(rows, row + pieceRows), column..<min(columns, column + pieceColumns))
  }
}

extension Parallel {
  /// Calls `body` with ranges of rows and columns that together cover a rectangle, on several
  /// threads.
  ///
  /// - Parameters:
  ///   - scratchCount: floats of scratch memory for so many rows and columns, not falling in either.
  ///   - rowGrain, columnGrain: every range but the last is a multiple of these.
  ///   - cost: time of a piece of so many grains.
  static func forEachBlock(
    rows: Int, rowGrain: Int, columns: Int, columnGrain: Int,
    cost: (_ rowGrains: Int, _ columnGrains: Int) -> Double,
    scratchCount: (_ rowCount: Int, _ columnCount: Int) -> Int,
    _ body: (
      _ rows: Range<Int>, _ columns: Range<Int>, _ scratch: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    let grid = WorkGrid(
      rows: (rows + rowGrain - 1) / rowGrain, columns: (columns + columnGrain - 1) / columnGrain,
      threads: threadCount, cost: cost)
    let scratch = ThreadScratch(
      count: scratchCount(
        min(rows, grid.pieceRows * rowGrain), min(columns, grid.pieceColumns * columnGrain)),
      threads: threadCount)
    forEachPiece(grid.count) { index in
      let piece = grid.piece(index)
      scratch.withPart {
        body(
          piece.rows.lowerBound * rowGrain..<min(rows, piece.rows.upperBound * rowGrain),
          piece.columns.lowerBound
            * columnGrain..<min(columns, piece.columns.upperBound * columnGrain), $0)
      }
    }
  }
}
