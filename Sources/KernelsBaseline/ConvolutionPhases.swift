import KernelInterface

/// One phase of a convolution over a dilated map: the output pixels `(y + i d, x + j d)` for one
/// `(y, x)` with `y, x < d`. They read the same few taps of the kernel, at neighbouring pixels of the
/// map, so that a phase is an ordinary small convolution without any multiplication by zero.
struct ConvolutionPhase {
  /// The small convolution; its outputs are the pixels of the phase.
  let geometry: ConvolutionGeometry
  /// The taps of the dilated kernel that the phase uses, line by line.
  let firstTap: (y: Int, x: Int)
  let dilation: Int
  private let y: Int
  private let x: Int
  private let outputHeight: Int
  private let outputWidth: Int

  init(y: Int, x: Int, of whole: ConvolutionGeometry) {
    let d = whole.inputDilation
    let rows = Self.taps(phase: y, padding: whole.paddingTop, kernel: whole.kernelHeight, d)
    let columns = Self.taps(phase: x, padding: whole.paddingLeft, kernel: whole.kernelWidth, d)
    geometry = ConvolutionGeometry(
      batch: whole.batch, inputHeight: whole.inputHeight, inputWidth: whole.inputWidth,
      inputChannels: whole.inputChannels,
      outputHeight: (whole.outputHeight - y + d - 1) / d,
      outputWidth: (whole.outputWidth - x + d - 1) / d, outputChannels: whole.outputChannels,
      kernelHeight: rows.count, kernelWidth: columns.count, stride: 1,
      paddingTop: rows.padding, paddingLeft: columns.padding)
    firstTap = (rows.first, columns.first)
    dilation = d
    self.y = y
    self.x = x
    outputHeight = whole.outputHeight
    outputWidth = whole.outputWidth
  }

  /// Calls `body` with every phase of `geometry` that has outputs; one for an ordinary convolution.
  @inline(__always)
  static func forEach(of geometry: ConvolutionGeometry, _ body: (ConvolutionPhase) -> Void) {
    for y in 0..<min(geometry.inputDilation, geometry.outputHeight) {
      for x in 0..<min(geometry.inputDilation, geometry.outputWidth) {
        body(ConvolutionPhase(y: y, x: x, of: geometry))
      }
    }
  }

  /// The taps `k` with `(phase + k - padding) % d == 0` along one axis, and the padding of the small
  /// convolution made of them.
  private static func taps(
    phase: Int, padding: Int, kernel: Int, _ d: Int
  ) -> (first: Int, count: Int, padding: Int) {
    let first = ((padding - phase) % d + d) % d
    return (first, max(0, (kernel - first + d - 1) / d), (padding - phase - first) / d)
  }

  /// The output pixel of the whole that is pixel `index` of the phase.
  func pixel(_ index: Int) -> Int {
    let pixel = OutputPixel(index, of: geometry)
    return (pixel.sample * outputHeight + y + pixel.y * dilation) * outputWidth + x
      + pixel.x * dilation
  }

  /// How many pixels of the phase come before pixel `index` of the whole.
  func rank(of index: Int) -> Int {
    let line = index / outputWidth
    let sample = line / outputHeight
    let row = line - sample * outputHeight
    let column = index - line * outputWidth
    let before = sample * geometry.outputHeight + (row - y + dilation - 1) / dilation
    let isInLine = row >= y && (row - y) % dilation == 0
    return before * geometry.outputWidth
      + (isInLine ? max(0, (column - x + dilation - 1) / dilation) : 0)
  }
}
