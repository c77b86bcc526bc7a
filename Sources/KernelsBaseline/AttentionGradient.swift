import KernelInterface

extension VectorKernels {
  /// Gradients for the (sample, head) pairs `heads`.
  ///
  /// Probabilities are computed again from the scores and `logSumExp`, block of queries by tile of
  /// keys. The gradients of a head's keys and values stay in scratch until all queries are done.
  public func attentionGradient(
    heads: Range<Int>, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
    value: UnsafePointer<Float>, output: UnsafePointer<Float>, logSumExp: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, queryGradient: UnsafeMutablePointer<Float>,
    keyGradient: UnsafeMutablePointer<Float>, valueGradient: UnsafeMutablePointer<Float>,
    geometry: AttentionGeometry, scratch: UnsafeMutablePointer<Float>
  ) {
    let memory = AttentionScratch(scratch, geometry)
    let width = geometry.headWidth
    let padded = AttentionScratch.paddedWidth(width)
    for pair in heads {
      let head = AttentionHead(pair, geometry)
      memory.keyGradients.update(repeating: 0, count: geometry.keyCount &* padded)
      memory.valueGradients.update(repeating: 0, count: geometry.keyCount &* padded)
      var first = 0
      while first < geometry.queryCount {
        let block = QueryBlock(
          first: first, count: min(attentionQueryBlock, geometry.queryCount &- first))
        loadBlock(
          block, queries: query + head.queryOffset(first),
          output: output + head.outputOffset(first),
          upstream: outputGradient + head.outputOffset(first),
          logSumExp: logSumExp + (pair &* geometry.queryCount &+ first), geometry: geometry,
          memory: memory)
        differentiateBlock(
          block, key: key + head.keyOffset, value: value + head.valueOffset,
          geometry: geometry, memory: memory)
        transpose(
          memory.output, rowStride: attentionQueryBlock, rowCount: width,
          columnCount: block.count, factor: geometry.scale,
          to: queryGradient + head.queryOffset(first),
          targetStride: geometry.queryLeadingDimension)
        first &+= block.count
      }
      for key in 0..<geometry.keyCount {
        (keyGradient + (head.keyOffset &+ key &* geometry.keyLeadingDimension)).update(
          from: memory.keyGradients + key &* padded, count: width)
        (valueGradient + (head.valueOffset &+ key &* geometry.valueLeadingDimension)).update(
          from: memory.valueGradients + key &* padded, count: width)
      }
    }
  }

  /// Lays out a block of queries and output gradients in both directions, with the per-query
  /// numbers in `maxima` (the log-sum-exp) and `sums` (`Σ dO * O`).
  private func loadBlock(
    _ block: QueryBlock, queries: UnsafePointer<Float>, output: UnsafePointer<Float>,
    upstream: UnsafePointer<Float>, logSumExp: UnsafePointer<Float>,
    geometry: AttentionGeometry, memory: AttentionScratch
  ) {
    let width = geometry.headWidth
    let padded = AttentionScratch.paddedWidth(width)
    if block.count % vectorWidth != 0 {
      // Lanes without a query get zeros, and so add nothing to any gradient.
      memory.queries.update(repeating: 0, count: width &* attentionQueryBlock)
      memory.upstream.update(repeating: 0, count: width &* attentionQueryBlock)
      memory.maxima.update(repeating: 0, count: attentionQueryBlock)
      memory.sums.update(repeating: 0, count: attentionQueryBlock)
    }
    transpose(
      queries, rowStride: geometry.queryLeadingDimension, rowCount: block.count,
      columnCount: width, factor: geometry.scale, to: memory.queries,
      targetStride: attentionQueryBlock)
    transpose(
      upstream, rowStride: geometry.outputLeadingDimension, rowCount: block.count,
      columnCount: width, factor: 1, to: memory.upstream, targetStride: attentionQueryBlock)
    memory.maxima.update(from: logSumExp, count: block.count)
    let scale = Vector(repeating: geometry.scale)
    for query in 0..<block.count {
      let queryRow = queries + query &* geometry.queryLeadingDimension
      let outputRow = output + query &* geometry.outputLeadingDimension
      let upstreamRow = upstream + query &* geometry.outputLeadingDimension
      let queryTarget = memory.queryRows + query &* padded
      let upstreamTarget = memory.upstreamRows + query &* padded
      var products = Vector.zero
      forEachVector(in: 0..<width) {
        let gradient = load(upstreamRow, $0)
        products = multiplyAdd(gradient, load(outputRow, $0), products)
        store(gradient, upstreamTarget + $0.offset)
        store(load(queryRow, $0) * scale, queryTarget + $0.offset)
      }
      memory.sums[query] = laneSum(products)
    }
  }

  /// Goes over the keys: the block's query gradient (transposed, unscaled) ends up in
  /// `memory.output`, its share of the key and value gradients is added.
  private func differentiateBlock(
    _ block: QueryBlock, key: UnsafePointer<Float>, value: UnsafePointer<Float>,
    geometry: AttentionGeometry, memory: AttentionScratch
  ) {
    let width = geometry.headWidth
    let padded = AttentionScratch.paddedWidth(width)
    let stride = attentionQueryBlock
    let vectorCount = (block.count &+ vectorWidth &- 1) / vectorWidth
    let keyEnd =
      geometry.isCausal ? min(block.first &+ block.count, geometry.keyCount) : geometry.keyCount
    if keyEnd == 0 { memory.output.update(repeating: 0, count: width &* stride) }
    var firstKey = 0
    while firstKey < keyEnd {
      let keys = min(attentionKeyTile, keyEnd &- firstKey)
      let tileKeys = key + firstKey &* geometry.keyLeadingDimension
      SmallProduct<FloatArithmetic>(
        rowCount: keys, depth: width, vectorCount: vectorCount,
        left: tileKeys, leftRowStride: geometry.keyLeadingDimension, leftStep: 1,
        right: memory.queries, rightStride: stride,
        result: memory.probabilities, resultStride: stride
      ).runAlongRows(.zero)
      SmallProduct<FloatArithmetic>(
        rowCount: keys, depth: width, vectorCount: vectorCount,
        left: value + firstKey &* geometry.valueLeadingDimension,
        leftRowStride: geometry.valueLeadingDimension, leftStep: 1,
        right: memory.upstream, rightStride: stride,
        result: memory.scoreGradients, resultStride: stride
      ).runAlongRows(.zero)
      if geometry.isCausal {
        hideFuture(
          memory.probabilities, stride: stride, queryCount: vectorCount &* vectorWidth,
          firstQuery: block.first, firstKey: firstKey, keyCount: keys)
      }
      for vector in 0..<vectorCount {
        differentiateSoftmax(column: vector &* vectorWidth, keyCount: keys, memory: memory)
      }
      SmallProduct<FloatArithmetic>(
        rowCount: width, depth: keys, vectorCount: vectorCount,
        left: tileKeys, leftRowStride: 1, leftStep: geometry.keyLeadingDimension,
        right: memory.scoreGradients, rightStride: stride,
        result: memory.output, resultStride: stride
      ).runAlongColumns(firstKey == 0 ? .zero : .result)
      SmallProduct<FloatArithmetic>(
        rowCount: keys, depth: block.count, vectorCount: padded / vectorWidth,
        left: memory.probabilities, leftRowStride: stride, leftStep: 1,
        right: memory.upstreamRows, rightStride: padded,
        result: memory.valueGradients + firstKey &* padded, resultStride: padded
      ).runAlongRows(.result)
      SmallProduct<FloatArithmetic>(
        rowCount: keys, depth: block.count, vectorCount: padded / vectorWidth,
        left: memory.scoreGradients, leftRowStride: stride, leftStep: 1,
        right: memory.queryRows, rightStride: padded,
        result: memory.keyGradients + firstKey &* padded, resultStride: padded
      ).runAlongRows(.result)
      firstKey &+= keys
    }
  }

  /// Turns one vector's column of scores into probabilities `p`, and the gradient of `p` into that
  /// of the scores, `p * (dp - Σ dO * O)`.
  @inline(__always)
  private func differentiateSoftmax(column: Int, keyCount: Int, memory: AttentionScratch) {
    let scores = memory.probabilities + column
    let gradients = memory.scoreGradients + column
    let logSumExp = load(memory.maxima + column)
    let products = load(memory.sums + column)
    for key in 0..<keyCount {
      let offset = key &* attentionQueryBlock
      let probability = vectorExpOfNonpositive(load(scores + offset) - logSumExp)
      store(probability, scores + offset)
      store(probability * (load(gradients + offset) - products), gradients + offset)
    }
  }
}

/// Queries of one head that the backward handles together.
private struct QueryBlock {
  var first: Int
  var count: Int
}
