/// Elementwise functions and data movement. `range` always counts elements or rows to work on;
/// outputs may be the same buffer as an input of the same shape unless said otherwise.
public protocol PointwiseKernels: Sendable {
  /// `y = activation(x)`.
  func activate(
    _ range: Range<Int>, _ activation: Activation, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>)
  /// `dx = dy * activation'(x)`.
  func activationGradient(
    _ range: Range<Int>, _ activation: Activation, x: UnsafePointer<Float>,
    dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>)

  /// GEGLU of rows of `x [M, 2C]`: `y [M, C] = x[.., 0..<C] * gelu(x[.., C..<2C])`. No aliasing.
  func geglu(
    rows: Range<Int>, channelCount: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
  /// `dx [M, 2C]` from `dy [M, C]` and `x [M, 2C]`.
  func gegluGradient(
    rows: Range<Int>, channelCount: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>)

  /// Row-wise softmax of `[M, C]`.
  func softmax(
    rows: Range<Int>, channelCount: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
  /// `dx = y * (dy - Σ dy * y)` per row.
  func softmaxGradient(
    rows: Range<Int>, channelCount: Int, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>)

  /// `y = a * alpha + b * beta`.
  func combine(
    _ range: Range<Int>, a: UnsafePointer<Float>, alpha: Float, b: UnsafePointer<Float>,
    beta: Float, y: UnsafeMutablePointer<Float>)
  /// `y = x * scale + offset`.
  func affine(
    _ range: Range<Int>, x: UnsafePointer<Float>, scale: Float, offset: Float,
    y: UnsafeMutablePointer<Float>)
  /// `y = a * b`.
  func multiply(
    _ range: Range<Int>, a: UnsafePointer<Float>, b: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>)
  /// `y = e^x`.
  func exponential(_ range: Range<Int>, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
  /// `y = min(max(x, lower), upper)`; NaN stays NaN.
  func clamp(
    _ range: Range<Int>, x: UnsafePointer<Float>, lower: Float, upper: Float,
    y: UnsafeMutablePointer<Float>)

  /// `y[m, c] = x[m, c] + v[m / rowsPerSample, c]` for rows of `[M, C]`.
  func addPerSample(
    rows: Range<Int>, channelCount: Int, rowsPerSample: Int, x: UnsafePointer<Float>,
    v: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>)
  /// `sums[s, c] = Σ over the rows of sample s of x[m, c]`, for samples `samples`.
  func sumPerSample(
    samples: Range<Int>, channelCount: Int, rowsPerSample: Int, x: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Float>)

  /// Copies columns: `y[m, yOffset + c] = x[m, xOffset + c]` for `c < width`, or adds with
  /// `accumulates`. Strides are in floats. No aliasing.
  func copyColumns(
    rows: Range<Int>, width: Int, x: UnsafePointer<Float>, xStride: Int, xOffset: Int,
    y: UnsafeMutablePointer<Float>, yStride: Int, yOffset: Int, accumulates: Bool)

  /// Nearest-neighbour doubling of `[N, H, W, C]` to `[N, 2H, 2W, C]`; `rows` counts input lines
  /// (`N * H`). No aliasing.
  func upsampleNearest(
    rows: Range<Int>, width: Int, channelCount: Int, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>)
  /// `dx [N, H, W, C]` = sum of the four output gradients; `rows` counts input lines.
  func upsampleNearestGradient(
    rows: Range<Int>, width: Int, channelCount: Int, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>)

  /// `Σ x` and `Σ x²` of `range`, accumulated in Double in a fixed order.
  func sums(_ range: Range<Int>, x: UnsafePointer<Float>) -> (sum: Double, squares: Double)
  /// `Σ (a - b)²` of `range`, in Double.
  func squaredDistance(
    _ range: Range<Int>, a: UnsafePointer<Float>, b: UnsafePointer<Float>
  ) -> Double
  /// `Σ |a - b|` of `range`, in Double.
  func absoluteDistance(
    _ range: Range<Int>, a: UnsafePointer<Float>, b: UnsafePointer<Float>
  ) -> Double
}
