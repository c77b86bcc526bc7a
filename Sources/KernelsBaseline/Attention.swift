import KernelInterface

#if canImport(Glibc)
  import Glibc
#endif

// Vectors run along queries: a lane is a query, so that the softmax over keys needs no sums across
// lanes, and keys and values are read where they are, one number for a whole vector of queries.
// The method is the online softmax of Milakov and Gimelshein (2018) as used by FlashAttention.

extension VectorKernels {
  /// Query rows of one forward task.
  public var queryBlock: Int { attentionQueryBlock }

  /// Tasks of a forward pass.
  public func attentionTaskCount(_ geometry: AttentionGeometry) -> Int {
    geometry.batch * geometry.headCount * queryBlockCount(geometry)
  }

  /// Floats of scratch for one concurrent call of `attention` or `attentionGradient`.
  public func attentionScratchCount(_ geometry: AttentionGeometry) -> Int {
    AttentionScratch.count(geometry)
  }

  private func queryBlockCount(_ geometry: AttentionGeometry) -> Int {
    (geometry.queryCount + attentionQueryBlock - 1) / attentionQueryBlock
  }

  /// `output = softmax(scale * q kᵀ) v` for the tasks in `tasks`.
  public func attention(
    tasks: Range<Int>, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
    value: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    logSumExp: UnsafeMutablePointer<Float>?, geometry: AttentionGeometry,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let memory = AttentionScratch(scratch, geometry)
    let blockCount = queryBlockCount(geometry)
    for task in tasks {
      let pair = task / blockCount
      let head = AttentionHead(pair, geometry)
      let first = (task % blockCount) &* attentionQueryBlock
      let count = min(attentionQueryBlock, geometry.queryCount &- first)
      attendBlock(
        queries: query + head.queryOffset(first), key: key + head.keyOffset,
        value: value + head.valueOffset, output: output + head.outputOffset(first),
        logSumExp: logSumExp.map { $0 + (pair &* geometry.queryCount &+ first) },
        first: first, count: count, geometry: geometry, memory: memory)
    }
  }

  /// Queries `first ..< first + count` of one head.
  private func attendBlock(
    queries: UnsafePointer<Float>, key: UnsafePointer<Float>, value: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>?,
    first: Int, count: Int, geometry: AttentionGeometry, memory: AttentionScratch
  ) {
    let width = geometry.headWidth
    let block = attentionQueryBlock
    let vectorCount = (count &+ vectorWidth &- 1) / vectorWidth
    if count % vectorWidth != 0 { memory.queries.update(repeating: 0, count: width &* block) }
    transpose(
      queries, rowStride: geometry.queryLeadingDimension, rowCount: count, columnCount: width,
      factor: geometry.scale, to: memory.queries, targetStride: block)
    memory.maxima.update(repeating: -.infinity, count: block)
    memory.sums.update(repeating: 0, count: block)

    let keyEnd = geometry.isCausal ? min(first &+ count, geometry.keyCount) : geometry.keyCount
    var firstKey = 0
    while firstKey < keyEnd {
      let keys = min(attentionKeyTile, keyEnd &- firstKey)
      SmallProduct(
        rowCount: keys, depth: width, vectorCount: vectorCount,
        left: key + firstKey &* geometry.keyLeadingDimension,
        leftRowStride: geometry.keyLeadingDimension, leftStep: 1,
        right: memory.queries, rightStride: block,
        result: memory.probabilities, resultStride: block
      ).runAlongRows(.zero)
      if geometry.isCausal, firstKey &+ keys > first &+ 1 {
        maskFuture(
          memory.probabilities, firstQuery: first, firstKey: firstKey, keyCount: keys,
          vectorCount: vectorCount, with: -.infinity)
      }
      for vector in 0..<vectorCount {
        normalizeTile(column: vector &* vectorWidth, keyCount: keys, memory: memory)
      }
      SmallProduct(
        rowCount: width, depth: keys, vectorCount: vectorCount,
        left: value + firstKey &* geometry.valueLeadingDimension,
        leftRowStride: 1, leftStep: geometry.valueLeadingDimension,
        right: memory.probabilities, rightStride: block,
        result: memory.output, resultStride: block
      ).runAlongColumns(firstKey == 0 ? .zero : .scaledResult(memory.factors))
      firstKey &+= keys
    }
    finishBlock(
      output: output, outputStride: geometry.outputLeadingDimension, logSumExp: logSumExp,
      count: count, width: width, hasKeys: keyEnd > 0, memory: memory)
  }

  /// Turns one vector's column of scores into powers about the new maximum, and notes by how much
  /// everything older has to shrink.
  @inline(__always)
  private func normalizeTile(column: Int, keyCount: Int, memory: AttentionScratch) {
    let scores = memory.probabilities + column
    let block = attentionQueryBlock
    let older = load(memory.maxima + column)
    var maximum = older
    for key in 0..<keyCount { maximum = vectorMax(maximum, load(scores + key &* block)) }
    var sum = Vector.zero
    for key in 0..<keyCount {
      let power = vectorExpOfNonpositive(load(scores + key &* block) - maximum)
      store(power, scores + key &* block)
      sum += power
    }
    let factor = vectorExpOfNonpositive(older - maximum)
    store(maximum, memory.maxima + column)
    store(factor, memory.factors + column)
    store(multiplyAdd(load(memory.sums + column), factor, sum), memory.sums + column)
  }

  /// Divides by the sums and writes the rows out.
  private func finishBlock(
    output: UnsafeMutablePointer<Float>, outputStride: Int,
    logSumExp: UnsafeMutablePointer<Float>?, count: Int, width: Int, hasKeys: Bool,
    memory: AttentionScratch
  ) {
    let block = attentionQueryBlock
    if let logSumExp {
      for query in 0..<count { logSumExp[query] = memory.maxima[query] + logf(memory.sums[query]) }
    }
    guard hasKeys else {
      for query in 0..<count { (output + query &* outputStride).update(repeating: 0, count: width) }
      return
    }
    var column = 0
    while column < count {
      let factor = Vector(repeating: 1) / load(memory.sums + column)
      for channel in 0..<width {
        let numbers = memory.output + (channel &* block &+ column)
        store(load(numbers) * factor, numbers)
      }
      column &+= vectorWidth
    }
    transpose(
      memory.output, rowStride: block, rowCount: width, columnCount: count, factor: 1,
      to: output, targetStride: outputStride)
  }

  /// Writes `value` where a key of the tile `[keys, 64]` comes after the lane's query.
  func maskFuture(
    _ tile: UnsafeMutablePointer<Float>, firstQuery: Int, firstKey: Int, keyCount: Int,
    vectorCount: Int, with value: Float
  ) {
    for key in 0..<keyCount {
      let row = tile + key &* attentionQueryBlock
      let hidden = firstKey &+ key &- firstQuery
      if hidden > 0 {
        row.update(repeating: value, count: min(hidden, vectorCount &* vectorWidth))
      }
    }
  }
}

/// Where one (sample, head) pair begins in each operand.
struct AttentionHead {
  let sample: Int
  let column: Int
  let geometry: AttentionGeometry

  init(_ pair: Int, _ geometry: AttentionGeometry) {
    sample = pair / geometry.headCount
    column = pair % geometry.headCount &* geometry.headWidth
    self.geometry = geometry
  }

  func queryOffset(_ query: Int) -> Int {
    (sample &* geometry.queryCount &+ query) &* geometry.queryLeadingDimension &+ column
  }

  func outputOffset(_ query: Int) -> Int {
    (sample &* geometry.queryCount &+ query) &* geometry.outputLeadingDimension &+ column
  }

  var keyOffset: Int {
    sample &* geometry.keyCount &* geometry.keyLeadingDimension &+ column
  }

  var valueOffset: Int {
    sample &* geometry.keyCount &* geometry.valueLeadingDimension &+ column
  }
}
