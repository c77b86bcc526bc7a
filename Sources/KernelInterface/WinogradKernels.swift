/// 3x3 convolutions with stride 1 through Winograd's F(4x4, 3x3): maps and weights are transformed so
/// that each tile of 4 x 4 outputs takes 36 multiplications per pair of channels instead of 144.
///
/// Source: A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section
/// 4.1, with the interpolation points 0, ±3/4, ±3/2 and infinity, whose rounding errors are half of
/// those of the usual 0, ±1, ±2 (about 1e-6 of the result's root mean square).
///
/// The right operand is cut into panels as in ``MatrixKernels``; tiles are counted line by line,
/// sample by sample. Results do not depend on how tiles, panels or channels are split.
public protocol WinogradKernels: Sendable {
  /// Whether these functions take `geometry`: 3x3, stride and dilation 1, channel counts that are
  /// multiples of 16; and whether that is faster than ``MatrixKernels``.
  func prefersWinograd(_ geometry: ConvolutionGeometry) -> Bool

  /// Output tiles of `geometry`: `N * ceil(OH / 4) * ceil(OW / 4)`.
  func winogradTileCount(_ geometry: ConvolutionGeometry) -> Int

  /// Floats of the transformed weights of `geometry`.
  func winogradPackedCount(_ geometry: ConvolutionGeometry) -> Int

  /// Transforms panels `panels` of weights `[OC, 3, 3, C]` of `geometry`, which cover `OC`.
  func packWinograd(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>)

  /// The same from weights that ``MatrixKernels/pack(_:leadingDimension:isTransposed:k:n:panels:into:)``
  /// has laid out for the plain product.
  func packWinograd(
    fromPanels plain: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>)

  /// The same for the input gradient: `geometry` and the weights are the forward convolution's, the
  /// panels cover `C`, and the result belongs to `geometry.inputGradient`.
  func packWinogradFlipped(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>)

  /// Floats of scratch for one concurrent call of `convolveWinograd`.
  func winogradScratchCount(_ geometry: ConvolutionGeometry) -> Int

  /// Output tiles `tiles` and column panels `panels` of `c = epilogue(convolution)`, where `c` is
  /// `[outputPixelCount, OC]` with rows `leadingDimension` apart.
  ///
  /// Split over tiles; over panels when there are few tiles and many channels, as every call reads
  /// the weights of all its panels and transforms all its tiles. `epilogue.rowsPerSample` must be
  /// `OH * OW` if `epilogue.perSample` is used.
  func convolveWinograd(
    tiles: Range<Int>, panels: Range<Int>, _ map: UnsafePointer<Float>,
    geometry: ConvolutionGeometry, packed: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>, leadingDimension: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>)

  /// Floats of scratch for one concurrent call of `winogradWeightGradient`.
  func winogradWeightGradientScratchCount(
    _ geometry: ConvolutionGeometry, channelCount: Int
  ) -> Int

  /// Input channels `channels`, a range between multiples of 16, of the weight gradient
  /// `g [OC, 3, 3, C]`, from the map and the output gradient `[outputPixelCount, OC]`.
  func winogradWeightGradient(
    channels: Range<Int>, outputGradient dY: UnsafePointer<Float>, leadingDimension: Int,
    _ map: UnsafePointer<Float>, geometry: ConvolutionGeometry,
    into g: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: UnsafeMutablePointer<Float>)
}
