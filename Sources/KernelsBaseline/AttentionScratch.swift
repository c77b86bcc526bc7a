import KernelInterface

/// Queries that a step of the backward works on together.
let attentionQueryBlock = 64
/// Keys of one tile of the backward.
let attentionKeyTile = 64

/// Where the backward keeps its tiles. Rows are 64 queries long and begin on cache lines.
struct AttentionScratch {
  /// Scaled queries `[D, 64]`.
  let queries: UnsafeMutablePointer<Float>
  /// Query gradient `[D, 64]`.
  let output: UnsafeMutablePointer<Float>
  /// Scores, then probabilities of one tile `[keys, 64]`.
  let probabilities: UnsafeMutablePointer<Float>
  /// `[64]` each: per query the log-sum-exp, and the sum `Σ dO * O`.
  let maxima: UnsafeMutablePointer<Float>
  let sums: UnsafeMutablePointer<Float>
  /// Output gradient `[D, 64]`.
  let upstream: UnsafeMutablePointer<Float>
  /// Gradient of the scores of one tile `[keys, 64]`.
  let scoreGradients: UnsafeMutablePointer<Float>
  /// Scaled queries and output gradient as they come, rows padded to whole vectors `[64, Dp]`.
  let queryRows: UnsafeMutablePointer<Float>
  let upstreamRows: UnsafeMutablePointer<Float>
  /// Gradients of all keys and values of a head `[S, Dp]`.
  let keyGradients: UnsafeMutablePointer<Float>
  let valueGradients: UnsafeMutablePointer<Float>

  /// Floats that all of it takes.
  static func count(_ geometry: AttentionGeometry) -> Int {
    let padded = paddedWidth(geometry.headWidth)
    let block = attentionQueryBlock
    return alignment + 3 * geometry.headWidth * block + 2 * attentionKeyTile * block + 2 * block
      + 2 * block * padded + 2 * geometry.keyCount * padded
  }

  init(_ scratch: UnsafeMutablePointer<Float>, _ geometry: AttentionGeometry) {
    let misplaced = Int(bitPattern: scratch) / 4 % Self.alignment
    var next = scratch + (misplaced == 0 ? 0 : Self.alignment - misplaced)
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { next += count }
      return next
    }
    let block = attentionQueryBlock
    let padded = Self.paddedWidth(geometry.headWidth)
    queries = take(geometry.headWidth * block)
    output = take(geometry.headWidth * block)
    probabilities = take(attentionKeyTile * block)
    maxima = take(block)
    sums = take(block)
    upstream = take(geometry.headWidth * block)
    scoreGradients = take(attentionKeyTile * block)
    queryRows = take(block * padded)
    upstreamRows = take(block * padded)
    keyGradients = take(geometry.keyCount * padded)
    valueGradients = take(geometry.keyCount * padded)
  }

  /// A head's width rounded up to whole vectors.
  static func paddedWidth(_ headWidth: Int) -> Int {
    (headWidth + vectorWidth - 1) / vectorWidth * vectorWidth
  }

  /// Floats of a cache line.
  private static let alignment = 16
}
