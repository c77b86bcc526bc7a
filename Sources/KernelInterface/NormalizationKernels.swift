/// Group and layer normalisation, channels last, with gradients.
///
/// Group norm works in phases so that one large map can be split over threads: partial sums over
/// fixed chunks of pixels, a cheap combination, then a pointwise pass. The chunking is fixed by
/// `pixelsPerChunk`, so results do not depend on the number of threads.
public protocol NormalizationKernels: Sendable {
  /// Pixels of one chunk of the partial sums.
  var pixelsPerChunk: Int { get }

  /// Sums and sums of squares per channel, for the chunks `chunks` of one sample-major list:
  /// chunk `i` is sample `i / chunksPerSample`, pixels from `(i % chunksPerSample) * pixelsPerChunk`,
  /// with `chunksPerSample = ceil(pixelCount / pixelsPerChunk)`.
  /// `partial` is `[N * chunksPerSample, 2, C]` (sums, then sums of squares about `pivot`).
  /// `pivot [N, C]` is a rough centre per channel (any value near the mean, for accuracy).
  func groupNormPartialSums(
    chunks: Range<Int>, x: UnsafePointer<Float>, pivot: UnsafePointer<Float>,
    pixelCount: Int, channelCount: Int, partial: UnsafeMutablePointer<Float>)

  /// Combines partial sums of samples `samples` into `mean`, `inverseDeviation` `[N, G]`,
  /// accumulating in Double.
  func groupNormStatistics(
    samples: Range<Int>, partial: UnsafePointer<Float>, pivot: UnsafePointer<Float>,
    pixelCount: Int, channelCount: Int, groupCount: Int, epsilon: Float,
    mean: UnsafeMutablePointer<Float>, inverseDeviation: UnsafeMutablePointer<Float>)

  /// `y = activation((x - mean) * inverseDeviation * weight + bias)` for pixel rows `rows` of
  /// `[N * pixelCount, C]`. `activation` is `.none` or `.silu`. `y` may be `x`.
  func groupNormApply(
    rows: Range<Int>, x: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    inverseDeviation: UnsafePointer<Float>, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, pixelCount: Int, channelCount: Int, groupCount: Int,
    activation: Activation, y: UnsafeMutablePointer<Float>)

  /// Per-channel partial sums of the backward, chunked as in `groupNormPartialSums`:
  /// `partial [N * chunksPerSample, 2, C]` receives `Σ dz` and `Σ dz * x̂`, where `dz` is the
  /// gradient before the activation and `x̂` the normalised input (both recomputed from `x`).
  func groupNormGradientPartialSums(
    chunks: Range<Int>, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, pixelCount: Int,
    channelCount: Int, groupCount: Int, activation: Activation,
    partial: UnsafeMutablePointer<Float>)

  /// Combines the backward partial sums: `groupSums [N, G, 2]` (means over the group of
  /// `dz * weight` and `dz * weight * x̂`) for all `sampleCount` samples, and `weightGradient`,
  /// `biasGradient` `[C]`, which are overwritten. Accumulates in Double.
  func groupNormGradientSums(
    partial: UnsafePointer<Float>, weight: UnsafePointer<Float>, sampleCount: Int,
    pixelCount: Int, channelCount: Int, groupCount: Int,
    groupSums: UnsafeMutablePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>)

  /// `dx = inverseDeviation * (dz * weight - groupSums[0] - x̂ * groupSums[1])` for pixel rows `rows`.
  func groupNormGradientApply(
    rows: Range<Int>, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    groupSums: UnsafePointer<Float>, pixelCount: Int, channelCount: Int, groupCount: Int,
    activation: Activation, dx: UnsafeMutablePointer<Float>)

  /// Layer norm of rows `rows` of `[M, C]`. `mean` and `inverseDeviation` `[M]` may be nil.
  func layerNorm(
    rows: Range<Int>, x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, channelCount: Int, epsilon: Float,
    y: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>?,
    inverseDeviation: UnsafeMutablePointer<Float>?)

  /// Rows of one chunk of `layerNormGradient`'s partial sums.
  var layerNormRowsPerChunk: Int { get }

  /// Backward of layer norm over row chunks `chunks` (of `layerNormRowsPerChunk` rows each, the
  /// last one shorter). Writes `dx [M, C]` and, per chunk, `partial [chunkCount, 2, C]`: weight
  /// gradient, then bias gradient; the caller adds the chunks in order.
  func layerNormGradient(
    chunks: Range<Int>, rowCount: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
    weight: UnsafePointer<Float>, channelCount: Int, dx: UnsafeMutablePointer<Float>,
    partial: UnsafeMutablePointer<Float>)
}
