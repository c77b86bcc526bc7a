import KernelInterface

/// Queries that a task of the forward works on together, and so makes use of each copy of a tile of
/// keys and values. A multiple of every panel's width.
let attentionForwardBlock = 128
/// Keys of a tile of the forward: a multiple of every tile height of the products.
let attentionForwardTile = 96

/// Where the forward keeps a block of queries, in panels of two vectors side by side, and a tile of
/// keys and values.
///
/// Words are those of `Arithmetic`: floats, or pairs of 16-bit numbers that are neighbours in the
/// sum, which is over channels for scores and over keys for the output.
struct AttentionPanels<Arithmetic: TileArithmetic> {
  /// `D`.
  let headWidth: Int
  /// Scaled queries; a panel is `[words, width]` in the room of `[D, width]`.
  let queries: UnsafeMutablePointer<Float>
  /// Output so far; a panel is `[D, width]`.
  let output: UnsafeMutablePointer<Float>
  /// Scores of one panel `[keys, width]`, then their powers `[words, width]`.
  let scores: UnsafeMutablePointer<Float>
  /// `[128]` each: per query the largest score, and the sum of the powers about it.
  let maxima: UnsafeMutablePointer<Float>
  let sums: UnsafeMutablePointer<Float>
  /// By how much the output so far of one panel shrinks `[width]`.
  let factors: UnsafeMutablePointer<Float>
  /// Keys of one tile `[keys, words]`.
  let keys: UnsafeMutablePointer<Float>
  /// Values of one tile `[words, D]`, rows ``valueStride(_:)`` apart.
  let values: UnsafeMutablePointer<Float>

  /// Queries of a panel.
  @inline(__always) static var panelWidth: Int { TwoVectors.width }

  /// Words of `count` steps of a sum.
  @inline(__always) static func wordCount(_ count: Int) -> Int {
    (count &+ Arithmetic.stepsPerWord &- 1) / Arithmetic.stepsPerWord
  }

  /// Distance between rows of values: not an even number of cache lines, which would fall into few
  /// sets of a first-level cache.
  @inline(__always) static func valueStride(_ headWidth: Int) -> Int {
    headWidth % 32 == 0 ? headWidth &+ 16 : headWidth
  }

  /// Floats that all of it takes, whatever the arithmetic.
  static func count(_ geometry: AttentionGeometry) -> Int {
    let width = geometry.headWidth
    return MatrixBlocking.alignmentRoom + 2 * attentionForwardBlock * width
      + attentionForwardTile * panelWidth + 2 * attentionForwardBlock + panelWidth
      + attentionForwardTile * (width + valueStride(width)) + vectorWidth
  }

  init(_ scratch: UnsafeMutablePointer<Float>, _ geometry: AttentionGeometry) {
    headWidth = geometry.headWidth
    var next = MatrixBlocking.aligned(scratch)
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { next += count }
      return next
    }
    queries = take(attentionForwardBlock * headWidth)
    output = take(attentionForwardBlock * headWidth)
    scores = take(attentionForwardTile * Self.panelWidth)
    maxima = take(attentionForwardBlock)
    sums = take(attentionForwardBlock)
    factors = take(Self.panelWidth)
    values = take(attentionForwardTile * Self.valueStride(headWidth))
    // Narrowing may write a vector behind the last row.
    keys = take(attentionForwardTile * headWidth + vectorWidth)
  }
}

// MARK: - What comes in

extension AttentionPanels {
  /// Lays out `count` queries from `[count, D]`, rows `stride` apart, times `factor`, as the panel that
  /// begins with the block's query `first`. Lanes without a query get zeros.
  func loadQueries(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, factor: Float, first: Int
  ) {
    let width = Self.panelWidth
    let panel = queries + first &* headWidth
    if count < width { panel.update(repeating: 0, count: width &* headWidth) }
    transpose(
      source, rowStride: stride, rowCount: count, columnCount: headWidth, factor: factor,
      to: panel, targetStride: width)
    if Arithmetic.stepsPerWord > 1 {
      narrowPairs(panel, count: headWidth, width: width, into: panel)
    }
  }

  /// Lays out `count` keys from `[count, D]`, rows `stride` apart.
  func loadKeys(_ source: UnsafePointer<Float>, stride: Int, count: Int) {
    let words = Self.wordCount(headWidth)
    for key in 0..<count {
      let row = source + key &* stride
      if Arithmetic.stepsPerWord > 1 {
        _ = Arithmetic.narrow(row, count: headWidth, into: keys + key &* words)
      } else {
        copyFloats(row, to: keys + key &* words, count: headWidth)
      }
    }
  }

  /// Lays out `count` values from `[count, D]`, rows `stride` apart.
  func loadValues(_ source: UnsafePointer<Float>, stride: Int, count: Int) {
    let targetStride = Self.valueStride(headWidth)
    guard Arithmetic.stepsPerWord == 1 else {
      return pairRows(
        source, stride: stride, rowCount: count, columnCount: headWidth, into: values,
        targetStride: targetStride)
    }
    for key in 0..<count {
      copyFloats(source + key &* stride, to: values + key &* targetStride, count: headWidth)
    }
  }
}
