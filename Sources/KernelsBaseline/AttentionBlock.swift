import CVectorIntrinsics
import KernelInterface

#if canImport(Glibc)
  import Glibc
#endif

// Vectors run along queries: a lane is a query, so that the softmax over keys needs no sums across
// lanes, and a number of the keys or values meets a whole vector of queries.
// The method is the online softmax of Milakov and Gimelshein (2018) as used by FlashAttention.

/// The forward for a block of queries of one head. Scores are in units of ln 2, so that their powers
/// are those of two.
struct AttentionBlock<Arithmetic: TileArithmetic> {
  let geometry: AttentionGeometry
  let memory: AttentionPanels<Arithmetic>
  /// The block's first query in its head, and how many there are.
  let first: Int
  let count: Int

  private typealias Panels = AttentionPanels<Arithmetic>

  /// - Parameters:
  ///   - queries, output: the rows of the block's first query.
  ///   - key, value: the rows of the head's first key.
  ///   - logSumExp: `[count]`.
  func run(
    queries: UnsafePointer<Float>, key: UnsafePointer<Float>, value: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>?
  ) {
    for panel in panels {
      memory.loadQueries(
        queries + panel &* geometry.queryLeadingDimension,
        stride: geometry.queryLeadingDimension, count: min(Panels.panelWidth, count &- panel),
        factor: geometry.scale * 1.442_695_04, first: panel)
    }
    memory.maxima.update(repeating: -.infinity, count: attentionForwardBlock)
    memory.sums.update(repeating: 0, count: attentionForwardBlock)
    let keyEnd = visibleKeyCount(ofQueriesBefore: count)
    for firstKey in stride(from: 0, to: keyEnd, by: attentionForwardTile) {
      let keys = min(attentionForwardTile, keyEnd &- firstKey)
      memory.loadKeys(
        key + firstKey &* geometry.keyLeadingDimension, stride: geometry.keyLeadingDimension,
        count: keys)
      memory.loadValues(
        value + firstKey &* geometry.valueLeadingDimension,
        stride: geometry.valueLeadingDimension, count: keys)
      let nextKeys = min(attentionForwardTile, keyEnd &- firstKey &- keys)
      for panel in panels {
        // Each panel asks for its share of the next tile.
        let panelEnd = min(panel &+ Panels.panelWidth, count)
        for row in nextKeys &* panel / count..<nextKeys &* panelEnd / count {
          let next = firstKey &+ keys &+ row
          prefetchRow(key + next &* geometry.keyLeadingDimension)
          prefetchRow(value + next &* geometry.valueLeadingDimension)
        }
        let end = visibleKeyCount(ofQueriesBefore: panelEnd)
        if firstKey < end {
          attend(panel: panel, firstKey: firstKey, keyCount: min(keys, end &- firstKey))
        }
      }
    }
    if let logSumExp {
      for query in 0..<count {
        logSumExp[query] = memory.maxima[query] * 0.693_147_18 + logf(memory.sums[query])
      }
    }
    for panel in panels {
      write(
        panel: panel, to: output + panel &* geometry.outputLeadingDimension,
        hasKeys: keyEnd > 0)
    }
  }

  /// The panels' first queries, counted from the block's.
  private var panels: StrideTo<Int> { stride(from: 0, to: count, by: Panels.panelWidth) }

  /// Keys that any of the block's first `queryCount` queries sees.
  private func visibleKeyCount(ofQueriesBefore queryCount: Int) -> Int {
    geometry.isCausal ? min(first &+ queryCount, geometry.keyCount) : geometry.keyCount
  }

  private func prefetchRow(_ row: UnsafePointer<Float>) {
    for channel in stride(from: 0, to: geometry.headWidth, by: 16) {
      prefetchForReading(row + channel)
    }
    prefetchForReading(row + (geometry.headWidth &- 1))
  }

  /// One panel of queries meets one tile of keys: scores, their powers, and what these add to the
  /// panel's sums and output.
  private func attend(panel: Int, firstKey: Int, keyCount: Int) {
    let width = Panels.panelWidth
    let words = Panels.wordCount(geometry.headWidth)
    let vectorCount = count &- panel > vectorWidth ? 2 : 1
    SmallProduct<Arithmetic>(
      rowCount: keyCount, depth: words, vectorCount: vectorCount,
      left: memory.keys, leftRowStride: words, leftStep: 1,
      right: memory.queries + panel &* geometry.headWidth, rightStride: width,
      result: memory.scores, resultStride: width
    ).runAlongRows(.zero)
    if geometry.isCausal {
      hideFuture(
        memory.scores, stride: width, queryCount: width, firstQuery: first &+ panel,
        firstKey: firstKey, keyCount: keyCount)
    }
    if vectorCount == 2 {
      memory.takePowers(TwoVectors.self, first: panel, keyCount: keyCount)
    } else {
      memory.takePowers(OneVector.self, first: panel, keyCount: keyCount)
    }
    SmallProduct<Arithmetic>(
      rowCount: geometry.headWidth, depth: Panels.wordCount(keyCount), vectorCount: vectorCount,
      left: memory.values, leftRowStride: 1, leftStep: Panels.valueStride(geometry.headWidth),
      right: memory.scores, rightStride: width,
      result: memory.output + panel &* geometry.headWidth, resultStride: width
    ).runAlongColumns(firstKey == 0 ? .zero : .scaledResult(memory.factors))
  }

  /// Divides a panel by its sums and writes its rows out.
  private func write(panel: Int, to rows: UnsafeMutablePointer<Float>, hasKeys: Bool) {
    let width = Panels.panelWidth
    let queryCount = min(width, count &- panel)
    guard hasKeys else {
      for query in 0..<queryCount {
        (rows + query &* geometry.outputLeadingDimension).update(
          repeating: 0, count: geometry.headWidth)
      }
      return
    }
    let numbers = memory.output + panel &* geometry.headWidth
    for column in stride(from: 0, to: queryCount, by: vectorWidth) {
      let factor = Vector(repeating: 1) / load(memory.sums + (panel &+ column))
      for channel in 0..<geometry.headWidth {
        let place = numbers + (channel &* width &+ column)
        store(load(place) * factor, place)
      }
    }
    transpose(
      numbers, rowStride: width, rowCount: geometry.headWidth, columnCount: queryCount, factor: 1,
      to: rows, targetStride: geometry.outputLeadingDimension)
  }
}

/// Writes minus infinity where a key of the tile `[keys, queries]`, rows `stride` apart, comes after
/// the lane's query.
func hideFuture(
  _ scores: UnsafeMutablePointer<Float>, stride: Int, queryCount: Int, firstQuery: Int,
  firstKey: Int, keyCount: Int
) {
  for key in max(0, firstQuery &+ 1 &- firstKey)..<max(keyCount, firstQuery &+ 1 &- firstKey) {
    (scores + key &* stride).update(
      repeating: -.infinity, count: min(firstKey &+ key &- firstQuery, queryCount))
  }
}
