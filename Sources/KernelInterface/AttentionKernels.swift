/// Sizes of multi-head attention over row-major token matrices.
///
/// Queries `[N, T, H*D]`, keys and values `[N, S, H*D]`; head `h` owns columns `h*D ..< (h+1)*D`.
/// Leading dimensions are the distances between tokens, so the operands may be column slices.
public struct AttentionGeometry: Hashable, Sendable {
  public var batch: Int
  public var headCount: Int
  public var queryCount: Int
  public var keyCount: Int
  public var headWidth: Int
  public var queryLeadingDimension: Int
  public var keyLeadingDimension: Int
  public var valueLeadingDimension: Int
  public var outputLeadingDimension: Int
  /// Factor on the scores, usually `headWidth^-1/2`.
  public var scale: Float
  /// Query `t` sees keys `0...t` only (`queryCount == keyCount`).
  public var isCausal: Bool

  public init(
    batch: Int, headCount: Int, queryCount: Int, keyCount: Int, headWidth: Int,
    queryLeadingDimension: Int, keyLeadingDimension: Int, valueLeadingDimension: Int,
    outputLeadingDimension: Int, scale: Float, isCausal: Bool
  ) {
    self.batch = batch
    self.headCount = headCount
    self.queryCount = queryCount
    self.keyCount = keyCount
    self.headWidth = headWidth
    self.queryLeadingDimension = queryLeadingDimension
    self.keyLeadingDimension = keyLeadingDimension
    self.valueLeadingDimension = valueLeadingDimension
    self.outputLeadingDimension = outputLeadingDimension
    self.scale = scale
    self.isCausal = isCausal
  }
}

/// Attention with an online softmax: the `T x S` score matrix is never built.
public protocol AttentionKernels: Sendable {
  /// Query rows of one forward task.
  var queryBlock: Int { get }
  /// Tasks of a forward pass: `batch * headCount * ceil(queryCount / queryBlock)`.
  func attentionTaskCount(_ geometry: AttentionGeometry) -> Int
  /// Floats of scratch for one concurrent call of `attention` or `attentionGradient`.
  func attentionScratchCount(_ geometry: AttentionGeometry) -> Int

  /// `output = softmax(scale * q kᵀ) v` for the tasks in `tasks`.
  ///
  /// `logSumExp` `[N, H, T]` receives the logarithm of each row's softmax denominator (after the
  /// maximum is added back); nil when no backward will follow. In ``ProductArithmetic/narrowed``
  /// arithmetic scaled queries, keys, values and the powers of scores are rounded to `bf16` before
  /// they are multiplied; sums and everything else are of 32 bits.
  func attention(
    tasks: Range<Int>, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
    value: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    logSumExp: UnsafeMutablePointer<Float>?, geometry: AttentionGeometry,
    arithmetic: ProductArithmetic, scratch: UnsafeMutablePointer<Float>)

  /// Gradients for the (sample, head) pairs `heads`, in `0 ..< batch * headCount`.
  ///
  /// `outputGradient` and `output` have the output's leading dimension; `queryGradient`,
  /// `keyGradient`, `valueGradient` those of query, key and value. They are overwritten.
  func attentionGradient(
    heads: Range<Int>, query: UnsafePointer<Float>, key: UnsafePointer<Float>,
    value: UnsafePointer<Float>, output: UnsafePointer<Float>, logSumExp: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, queryGradient: UnsafeMutablePointer<Float>,
    keyGradient: UnsafeMutablePointer<Float>, valueGradient: UnsafeMutablePointer<Float>,
    geometry: AttentionGeometry, scratch: UnsafeMutablePointer<Float>)
}
