import Kernels
import Platform

extension Tensor {
  /// Multi-head attention with an online softmax; scores are scaled by `headWidth^-1/2`.
  ///
  /// - Parameters:
  ///   - query: `[N, T, H * D]`.
  ///   - key, value: `[N, S, H * D]`.
  ///   - isCausal: token `t` sees keys `0...t` only; `T == S`.
  ///   - weight: a matrix of the layer that this is part of. Where it is narrow, queries, keys,
  ///     probabilities and values are multiplied as `bf16` if the kernels prefer that; never while
  ///     gradients are recorded.
  /// - Returns: `[N, T, H * D]`.
  public static func attention(
    query: Tensor, key: Tensor, value: Tensor, headCount: Int, isCausal: Bool = false,
    beside weight: MatrixWeight? = nil
  ) -> Tensor {
    let width = query.shape.last
    require(
      query.shape.rank == 3 && key.shape.rank == 3 && key.shape == value.shape
        && key.shape.last == width && key.shape[0] == query.shape[0] && headCount > 0
        && width % headCount == 0 && (!isCausal || query.shape == key.shape),
      "attention: query \(query.shape), key \(key.shape), value \(value.shape) and \(headCount) "
        + "heads do not fit together")
    let geometry = AttentionGeometry(
      batch: query.shape[0], headCount: headCount, queryCount: query.shape[1],
      keyCount: key.shape[1], headWidth: width / headCount, queryLeadingDimension: width,
      keyLeadingDimension: width, valueLeadingDimension: width, outputLeadingDimension: width,
      scale: 1 / Float(width / headCount).squareRoot(), isCausal: isCausal)
    let span = OperationProfile.begin("attention")
    defer { span.end() }
    /// Of one product of queries with keys, or of weights with values.
    let productOperations =
      2 * Double(query.count) * Double(key.shape[1]) * (isCausal ? 0.5 : 1)
    OperationProfile.count(operations: 2 * productOperations)
    let byteCount = 2 * (query.byteCount + key.byteCount)
    let queryShape = query.shape
    @Sendable func describe() {
      OperationProfile.describe(
        shape: "\(queryShape), \(geometry.keyCount) keys, \(headCount) heads",
        byteCount: byteCount)
    }
    describe()
    let isTracked = query.isTracked || key.isTracked || value.isTracked
    let output = Tensor(uninitialized: query.shape)
    let logSumExp =
      isTracked
      ? Tensor(uninitialized: [query.shape[0], headCount, query.shape[1]]) : nil
    let arithmetic = isTracked ? .widened : weight?.attentionArithmetic ?? .widened
    let scratchCount = kernels.attentionScratchCount(geometry)
    Parallel.forEachRange(
      kernels.attentionTaskCount(geometry), scratchCount: scratchCount
    ) { tasks, scratch in
      kernels.attention(
        tasks: tasks, query: query.base, key: key.base, value: value.base,
        output: output.mutableBase, logSumExp: logSumExp?.mutableBase, geometry: geometry,
        arithmetic: arithmetic, scratch: scratch)
    }
    guard let logSumExp else { return output }
    return recorded(
      "attention", output, inputs: [query, key, value],
      saving: [query, key, value, output, logSumExp]
    ) { upstream, saved in
      OperationProfile.count(operations: 5 * productOperations)
      describe()
      let gradients = (0..<3).map { Tensor(uninitialized: saved[$0].shape) }
      Parallel.forEachRange(
        geometry.batch * headCount, scratchCount: scratchCount
      ) { heads, scratch in
        kernels.attentionGradient(
          heads: heads, query: saved[0].base, key: saved[1].base, value: saved[2].base,
          output: saved[3].base, logSumExp: saved[4].base, outputGradient: upstream.base,
          queryGradient: gradients[0].mutableBase, keyGradient: gradients[1].mutableBase,
          valueGradient: gradients[2].mutableBase, geometry: geometry, scratch: scratch)
      }
      return gradients
    }
  }
}

extension MatrixWeight {
  /// What the products of attention are computed in beside this weight's own.
  fileprivate var attentionArithmetic: ProductArithmetic {
    switch self {
    // The backward computes scores again, in fp32. With sums that the forward keeps of rounded ones,
    // its probabilities would add up to something else than 1.
    case .parameter: .widened
    case .packed(let matrix):
      matrix.precision != .fp32 && kernels.prefersNarrowedProducts(.bf16) ? .narrowed : .widened
    }
  }
}
