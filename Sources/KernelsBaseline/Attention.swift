import KernelInterface

extension VectorKernels {
  /// Query rows of one forward task.
  public var queryBlock: Int { attentionForwardBlock }

  /// Tasks of a forward pass.
  public func attentionTaskCount(_ geometry: AttentionGeometry) -> Int {
    geometry.batch * geometry.headCount * queryBlockCount(geometry)
  }

  /// Floats of scratch for one concurrent call of `attention` or `attentionGradient`.
  public func attentionScratchCount(_ geometry: AttentionGeometry) -> Int {
    max(AttentionPanels<FloatArithmetic>.count(geometry), AttentionScratch.count(geometry))
  }

  private func queryBlockCount(_ geometry: AttentionGeometry) -> Int {
    (geometry.queryCount + attentionForwardBlock - 1) / attentionForwardBlock
  }

  /// `output = softmax(scale * q kᵀ) v` for the tasks in `tasks`.
  public func attention(
    tasks: Range<Int>, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
    value: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    logSumExp: UnsafeMutablePointer<Float>?, geometry: AttentionGeometry,
    arithmetic: ProductArithmetic, scratch: UnsafeMutablePointer<Float>
  ) {
    func attend<Arithmetic: TileArithmetic>(_: Arithmetic.Type) {
      let memory = AttentionPanels<Arithmetic>(scratch, geometry)
      let blockCount = queryBlockCount(geometry)
      for task in tasks {
        let pair = task / blockCount
        let head = AttentionHead(pair, geometry)
        let first = (task % blockCount) &* attentionForwardBlock
        AttentionBlock(
          geometry: geometry, memory: memory, first: first,
          count: min(attentionForwardBlock, geometry.queryCount &- first)
        ).run(
          queries: query + head.queryOffset(first), key: key + head.keyOffset,
          value: value + head.valueOffset, output: output + head.outputOffset(first),
          logSumExp: logSumExp.map { $0 + (pair &* geometry.queryCount &+ first) })
      }
    }
    switch arithmetic {
    case .widened: attend(FloatArithmetic.self)
    case .narrowed: attend(BrainFloatArithmetic.self)
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
