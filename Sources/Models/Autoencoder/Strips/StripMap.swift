import Platform
import TensorCore

/// A map `[1, H, W, C]` that is computed from top to bottom in strips, and of which only as many
/// strips are kept as there is room for. Rows that are not kept are computed anew when they are asked
/// for again.
///
/// Group norms need a look at the whole map before its first row can be normalised. So between two of
/// them a map is either kept, which costs memory, or computed twice, which costs time; keeping some
/// of its strips and computing the others twice fills any amount of memory.
final class StripMap {
  /// A map that this one is computed from.
  struct Source {
    let map: StripMap
    /// The first of its rows that are read to compute a row and those below it.
    let firstRow: (Int) -> Int
  }

  let height: Int
  let width: Int
  let channelCount: Int
  private let budget: StripBudget
  private let stripHeight: Int
  /// Strips from the top; nil once they were discarded.
  private var kept: [Tensor?] = []
  /// The rows that were computed last and are not kept: strips that overlap the one before by a few
  /// rows cost nothing more, and neither does asking twice.
  private var latest: (rows: Range<Int>, strips: [Tensor]) = (0..<0, [])
  /// Rows above are not needed any more.
  private var discardedCount = 0
  /// Nil when no row will be computed any more.
  private var compute: ((Range<Int>) -> Tensor)?
  private var sources: [Source]
  private let isCheap: Bool

  /// - Parameters:
  ///   - sources: what `compute` reads.
  ///   - inputChannelCount: channels of what a strip is computed from, when that is of this width.
  ///   - isCheap: computing rows again is better than keeping them.
  ///   - compute: gives rows `[1, rows, W, C]`.
  init(
    height: Int, width: Int, channelCount: Int, budget: StripBudget, sources: [Source] = [],
    inputChannelCount: Int = 0, isCheap: Bool = false, compute: @escaping (Range<Int>) -> Tensor
  ) {
    self.height = height
    self.width = width
    self.channelCount = channelCount
    self.budget = budget
    // A strip of a few channels, as of the picture, may still need a large one of many.
    stripHeight = budget.stripHeight(
      rowByteCount: 4 * width * max(channelCount, inputChannelCount / 2), of: height)
    self.sources = sources
    self.isCheap = isCheap
    self.compute = compute
  }

  deinit { budget.release(kept.reduce(0) { $0 + Self.byteCount($1) }) }

  /// A map that is there: `[1, H, W, C]`.
  convenience init(_ map: Tensor, budget: StripBudget) {
    self.init(
      height: map.shape[1], width: map.shape[2], channelCount: map.shape[3], budget: budget,
      isCheap: true
    ) { map.mapRows($0) }
  }

  private var strips: [Range<Int>] {
    stride(from: 0, to: height, by: stripHeight).map { $0..<min(height, $0 + stripHeight) }
  }

  private static func byteCount(_ strip: Tensor?) -> Int {
    (strip?.count ?? 0) * MemoryLayout<Float>.stride
  }

  /// Rows `rows` in pieces `[1, ..., W, C]`, one below the other.
  func pieces(_ rows: Range<Int>) -> [Tensor] {
    require(
      rows.lowerBound >= discardedCount && rows.upperBound <= height && !rows.isEmpty,
      "rows \(rows) of a map of \(height) rows, of which \(discardedCount) are gone")
    var result: [Tensor] = []
    var row = rows.lowerBound
    let keptCount = min(kept.count * stripHeight, height)
    while row < min(rows.upperBound, keptCount), let strip = kept[row / stripHeight] {
      let first = row / stripHeight * stripHeight
      let end = min(rows.upperBound, first + strip.shape[1])
      result.append(strip.mapRows(row - first..<end - first))
      row = end
    }
    guard row < rows.upperBound else { return result }
    let computed = computedPieces(row..<rows.upperBound)
    return result + computed
  }

  /// Rows that are not kept.
  private func computedPieces(_ rows: Range<Int>) -> [Tensor] {
    var result: [Tensor] = []
    var row = rows.lowerBound
    if latest.rows.contains(row) {
      var first = latest.rows.lowerBound
      for strip in latest.strips {
        let end = min(rows.upperBound, first + strip.shape[1])
        if row < end {
          result.append(strip.mapRows(row - first..<end - first))
          row = end
        }
        first += strip.shape[1]
      }
    }
    guard row < rows.upperBound else { return result }
    if let compute { result.append(compute(row..<rows.upperBound)) }
    latest = (rows, result)
    return result
  }

  /// Rows `rows`, `[1, rows, W, C]`.
  func rows(_ rows: Range<Int>) -> Tensor { Tensor.joined(strips: pieces(rows)) }

  /// Calls `body` with every strip `[1, rows, W, C]` from the top.
  ///
  /// - Parameters:
  ///   - keeps: keeps what is computed on the way while there is room.
  ///   - discards: what only this map reads of its sources is given back as soon as it has been
  ///     used.
  func forEachStrip(keeps: Bool, discards: Bool, _ body: (Tensor) -> Void) {
    var keeps = keeps && !isCheap && kept.count * stripHeight < height
    for (index, rows) in strips.enumerated() {
      for piece in pieces(rows) { body(piece) }
      if keeps && index == kept.count {
        keeps = budget.take(4 * rows.count * width * channelCount)
        if keeps { keep(rows, discards: discards) }
      }
    }
  }

  /// Computes what is not kept yet and keeps it, whether there is room or not, giving back its sources
  /// on the way.
  func keepAll() {
    for rows in strips.dropFirst(kept.count) {
      budget.takeAnyway(4 * rows.count * width * channelCount)
      keep(rows, discards: true)
    }
    (compute, sources) = (nil, [])
  }

  /// The map as one tensor, `[1, H, W, C]`.
  func whole() -> Tensor {
    keepAll()
    return rows(0..<height)
  }

  private func keep(_ rows: Range<Int>, discards: Bool) {
    kept.append(self.rows(rows))
    latest = (0..<0, [])
    if discards { discardSources(before: rows.upperBound) }
  }

  private func discardSources(before row: Int) {
    for source in sources {
      source.map.discard(before: row < height ? source.firstRow(row) : source.map.height)
    }
  }

  /// Gives back the rows above `row`, here and in what they are computed from.
  private func discard(before row: Int) {
    guard row > discardedCount else { return }
    discardedCount = row
    for index in kept.indices where min(height, (index + 1) * stripHeight) <= row {
      budget.release(Self.byteCount(kept[index]))
      kept[index] = nil
    }
    if latest.rows.upperBound <= row { latest = (0..<0, []) }
    discardSources(before: row)
    if row >= height { (compute, sources) = (nil, []) }
  }
}
