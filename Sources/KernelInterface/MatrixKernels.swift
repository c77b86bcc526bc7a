/// Sizes of a convolution over channels-last maps, forward or as used by its gradients.
///
/// Input `[N, H, W, C]`, output `[N, OH, OW, OC]`, weights `[OC, KH, KW, C]`. Output pixel
/// `(oy, ox)` reads input position `(oy * stride + ky - paddingTop) / inputDilation` and likewise
/// for columns; positions that are outside the input, or that `inputDilation` does not divide, are
/// zero. Padding at the bottom and right follows from the output size.
public struct ConvolutionGeometry: Hashable, Sendable {
  public var batch: Int
  public var inputHeight: Int
  public var inputWidth: Int
  public var inputChannels: Int
  public var outputHeight: Int
  public var outputWidth: Int
  public var outputChannels: Int
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var stride: Int
  public var paddingTop: Int
  public var paddingLeft: Int
  /// 1 for an ordinary convolution; the stride of the forward convolution for its input gradient.
  public var inputDilation: Int

  public init(
    batch: Int, inputHeight: Int, inputWidth: Int, inputChannels: Int,
    outputHeight: Int, outputWidth: Int, outputChannels: Int,
    kernelHeight: Int, kernelWidth: Int, stride: Int,
    paddingTop: Int, paddingLeft: Int, inputDilation: Int = 1
  ) {
    self.batch = batch
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.inputChannels = inputChannels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.paddingTop = paddingTop
    self.paddingLeft = paddingLeft
    self.inputDilation = inputDilation
  }

  /// `KH * KW * C`: the length of one unrolled patch, and of one weight row.
  @inlinable public var patchLength: Int { kernelHeight * kernelWidth * inputChannels }
  /// `N * OH * OW`: output pixels, the rows of the implicit matrix product.
  @inlinable public var outputPixelCount: Int { batch * outputHeight * outputWidth }
  /// `N * H * W`.
  @inlinable public var inputPixelCount: Int { batch * inputHeight * inputWidth }

  /// The geometry of the convolution that turns an output gradient into an input gradient.
  /// Its weights are packed by
  /// ``MatrixKernels/packFlipped(_:geometry:panels:arithmetic:into:)``.
  @inlinable public var inputGradient: ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, inputHeight: outputHeight, inputWidth: outputWidth,
      inputChannels: outputChannels, outputHeight: inputHeight, outputWidth: inputWidth,
      outputChannels: inputChannels, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
      stride: 1, paddingTop: kernelHeight - 1 - paddingTop,
      paddingLeft: kernelWidth - 1 - paddingLeft, inputDilation: stride)
  }
}

/// Where the left operand of a product comes from.
public enum LeftOperand {
  /// Row-major `[M, K]`, rows `leadingDimension` floats apart.
  case matrix(UnsafePointer<Float>, leadingDimension: Int)
  /// The patches of a channels-last map `[N, H, W, C]`: `M = outputPixelCount`,
  /// `K = patchLength`, gathered while a panel is packed.
  case patches(UnsafePointer<Float>, ConvolutionGeometry)
}

/// A pointwise function fused behind a product.
public enum Activation: UInt8, Sendable {
  case none
  case silu
  /// The exact (erf) GELU.
  case gelu
  /// `x * sigmoid(1.702 x)`.
  case quickGELU
}

/// What happens to a tile of the product before it is stored:
/// `C = activation(A B + bias[n] + perSample[sample(m), n]) + residual[m, n]`, or with `accumulates`
/// `C += ...`.
public struct Epilogue {
  /// `[N]`.
  public var bias: UnsafePointer<Float>?
  /// `[M / rowsPerSample, N]`, for instance a time embedding.
  public var perSample: UnsafePointer<Float>?
  public var rowsPerSample: Int
  public var activation: Activation
  /// `[M, N]`, rows `residualLeadingDimension` apart.
  public var residual: UnsafePointer<Float>?
  public var residualLeadingDimension: Int
  public var accumulates: Bool

  public init(
    bias: UnsafePointer<Float>? = nil, perSample: UnsafePointer<Float>? = nil,
    rowsPerSample: Int = 1, activation: Activation = .none,
    residual: UnsafePointer<Float>? = nil, residualLeadingDimension: Int = 0,
    accumulates: Bool = false
  ) {
    self.bias = bias
    self.perSample = perSample
    self.rowsPerSample = rowsPerSample
    self.activation = activation
    self.residual = residual
    self.residualLeadingDimension = residualLeadingDimension
    self.accumulates = accumulates
  }
}

/// Products of a left operand with a packed right operand, and their gradients.
///
/// The right operand `B [K, N]` is packed once into panels of `panelWidth` columns (the last one
/// padded with zeros). Every function works on a range, so that the caller splits the work over
/// threads; a result element is computed wholly inside one call with a fixed order of additions, so
/// results do not depend on the split.
public protocol MatrixKernels: Sendable {
  /// Columns of a packed panel.
  var panelWidth: Int { get }
  /// Rows that one tile covers; ranges of rows are best split at its multiples.
  var tileHeight: Int { get }

  /// Floats of a packed `[K, N]` operand. Any `K`, `N` >= 0.
  func packedCount(k: Int, n: Int) -> Int

  /// Packs panels `panels` of `B`. `B[k, n]` is `source[k * leadingDimension + n]`, or
  /// `source[n * leadingDimension + k]` when `isTransposed` (a weight matrix `[N, K]`).
  ///
  /// For ``ProductArithmetic/narrowed`` arithmetic the numbers are rounded: panels are those of
  /// `narrow` in `bf16`.
  func pack(
    _ source: UnsafePointer<Float>, leadingDimension: Int, isTransposed: Bool,
    k: Int, n: Int, panels: Range<Int>, arithmetic: ProductArithmetic,
    into packed: UnsafeMutablePointer<Float>)

  /// Words of four bytes of a packed `[K, N]` operand in `precision`.
  func packedCount(k: Int, n: Int, precision: WeightPrecision) -> Int

  /// Rounds panels `panels` of an operand that `pack` has laid out to `precision`.
  func narrow(
    _ source: UnsafePointer<Float>, k: Int, n: Int, panels: Range<Int>,
    to precision: WeightPrecision, into packed: UnsafeMutablePointer<Float>)

  /// The way back, exact: panels as `pack` would have laid out the rounded numbers.
  func widen(
    _ packed: UnsafePointer<Float>, precision: WeightPrecision, k: Int, n: Int,
    panels: Range<Int>, into destination: UnsafeMutablePointer<Float>)

  /// Packs convolution weights `[OC, KH, KW, C]` of `geometry` (the forward one) for the input
  /// gradient: `B[(ky, kx, oc), c] = weight[oc, KH-1-ky, KW-1-kx, c]`, `K = KH*KW*OC`, `N = C`.
  ///
  /// The result is meant for patches of `geometry.inputGradient`: with a stride, whose gradient has a
  /// dilated map, the order of `K` is another, and products leave out the multiplications by zero.
  /// `arithmetic` is as for `pack`.
  func packFlipped(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    arithmetic: ProductArithmetic, into packed: UnsafeMutablePointer<Float>)

  /// Whether products with weights of `precision` are faster with both operands narrow.
  func prefersNarrowedProducts(_ precision: WeightPrecision) -> Bool

  /// Computes a tile of zeros `turns` times from operands that stay in the first-level cache: what
  /// the instruction set reaches at best, the yardstick of all products.
  ///
  /// - Parameter scratch: ``cachedTileScratchCount`` floats.
  /// - Returns: multiplications and additions, counted apart.
  func computeCachedTile(
    turns: Int, precision: WeightPrecision, scratch: UnsafeMutablePointer<Float>
  ) -> Int

  /// Floats of scratch that one concurrent call of `computeCachedTile` needs.
  var cachedTileScratchCount: Int { get }

  /// Floats of scratch that one concurrent call of `multiply` needs.
  func multiplyScratchCount(k: Int, n: Int) -> Int

  /// Rows `rows` and the columns of panels `panels` of `C = epilogue(A B)`. `C` is `[M, N]`, rows
  /// `leadingDimension` apart, and overlaps none of the operands. Patches of a dilated map take `fp32`
  /// weights of `packFlipped` only, and with them `epilogue.rowsPerSample` is a multiple of the output
  /// width.
  func multiply(
    rows: Range<Int>, panels: Range<Int>, _ a: LeftOperand, packed b: UnsafePointer<Float>,
    precision: WeightPrecision, arithmetic: ProductArithmetic, k: Int, n: Int,
    into c: UnsafeMutablePointer<Float>, leadingDimension: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>)

  /// Floats of scratch that one concurrent call of `weightGradient` needs for `columnCount` columns.
  func weightGradientScratchCount(rowCount: Int, outputCount: Int, columnCount: Int) -> Int

  /// Columns `columns` of `G [outputCount, K] (+)= dYᵀ X`, where `dY` is `[rowCount, outputCount]`
  /// and `X [rowCount, K]` is a matrix or the patches of an undilated map. `columns` is best split at
  /// multiples of `panelWidth`. In ``ProductArithmetic/narrowed`` arithmetic the numbers of both are
  /// rounded to `bf16`; sums are of 32 bits.
  func weightGradient(
    columns: Range<Int>, outputGradient dY: UnsafePointer<Float>, leadingDimension: Int,
    rowCount: Int, outputCount: Int, _ x: LeftOperand, arithmetic: ProductArithmetic, k: Int,
    into g: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: UnsafeMutablePointer<Float>)

  /// `sums[n] (+)= Σ_m x[m, n]` for `n` in `columns`; the bias gradient.
  func columnSums(
    columns: Range<Int>, of x: UnsafePointer<Float>, leadingDimension: Int, rowCount: Int,
    into sums: UnsafeMutablePointer<Float>, accumulates: Bool)
}

extension MatrixKernels {
  /// Panels of 32 bits.
  public func pack(
    _ source: UnsafePointer<Float>, leadingDimension: Int, isTransposed: Bool,
    k: Int, n: Int, panels: Range<Int>, into packed: UnsafeMutablePointer<Float>
  ) {
    pack(
      source, leadingDimension: leadingDimension, isTransposed: isTransposed, k: k, n: n,
      panels: panels, arithmetic: .widened, into: packed)
  }
}
