/// The buffers of one product.
struct ProductScratch {
  /// Rows of the left operand as words, `MatrixBlocking.rowStride` apart.
  let block: UnsafeMutablePointer<Float>
  let tile: UnsafeMutablePointer<Float>
  /// Room for the sums of one panel.
  let sums: UnsafeMutablePointer<Float>
  /// Room for the words of one panel, widened for the tiles of a block.
  let widened: UnsafeMutablePointer<Float>
  /// Room for a row before it is narrowed.
  let row: UnsafeMutablePointer<Float>
  /// Of the block's rows.
  let rowFactors: UnsafeMutablePointer<Float>
  let rowOffsets: UnsafeMutablePointer<Int32>

  static var count: Int {
    MatrixBlocking.alignmentRoom + blockCount + tileCount + sumCount + widenedCount + rowCount
      + 2 * MatrixBlocking.rows
  }
  private static var blockCount: Int { MatrixBlocking.rows * MatrixBlocking.rowStride }
  private static var tileCount: Int { TallTile<TwoVectors>.height * PanelLayout.width }
  private static var sumCount: Int { MatrixBlocking.rows * PanelLayout.width }
  private static var widenedCount: Int { MatrixBlocking.depth * PanelLayout.width }
  private static var rowCount: Int { MatrixBlocking.depth * MatrixBlocking.mostStepsPerWord }

  init(_ scratch: UnsafeMutablePointer<Float>) {
    block = MatrixBlocking.aligned(scratch)
    tile = block + Self.blockCount
    sums = tile + Self.tileCount
    widened = sums + Self.sumCount
    row = widened + Self.widenedCount
    rowFactors = row + Self.rowCount
    rowOffsets = UnsafeMutableRawPointer(rowFactors + MatrixBlocking.rows)
      .assumingMemoryBound(to: Int32.self)
  }
}
