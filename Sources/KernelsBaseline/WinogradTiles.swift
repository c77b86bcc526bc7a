import KernelInterface

/// One tile: 4 x 4 outputs and the 6 x 6 inputs they read.
struct WinogradTile {
  var sample: Int
  /// The first output pixel.
  var y: Int
  var x: Int

  @inline(__always) init(_ index: Int, of geometry: ConvolutionGeometry) {
    let columns = (geometry.outputWidth + 3) / 4
    let lines = (geometry.outputHeight + 3) / 4
    let line = index / columns
    x = (index - line * columns) * 4
    sample = line / lines
    y = (line - sample * lines) * 4
  }

  /// Outputs inside the map.
  @inline(__always) func height(in geometry: ConvolutionGeometry) -> Int {
    min(4, geometry.outputHeight - y)
  }
  @inline(__always) func width(in geometry: ConvolutionGeometry) -> Int {
    min(4, geometry.outputWidth - x)
  }
  @inline(__always) func firstOutput(in geometry: ConvolutionGeometry) -> Int {
    (sample * geometry.outputHeight + y) * geometry.outputWidth + x
  }
}

/// Where the vectors of a square of pixels come from.
private protocol PixelSource {
  func vector(y: Int, x: Int, channel: Int) -> Vector
}

/// Pixels that are all there.
private struct InnerPixels: PixelSource {
  let first: UnsafePointer<Float>
  let lineStride: Int
  let pixelStride: Int

  @inline(__always) func vector(y: Int, x: Int, channel: Int) -> Vector {
    load(first + (y * lineStride + x * pixelStride + channel))
  }
}

/// Pixels some of which lie outside the map and point to zeros.
private struct BorderPixels: PixelSource {
  let pixels: UnsafePointer<UnsafePointer<Float>>
  let side: Int

  @inline(__always) func vector(y: Int, x: Int, channel: Int) -> Vector {
    load(pixels[y * side + x] + channel)
  }
}

/// Transforms tiles of a map into and out of Winograd's domain, a vector of channels at a time.
struct WinogradTransformer {
  let geometry: ConvolutionGeometry
  /// As many zeros as a pixel has channels.
  let zeros: UnsafePointer<Float>

  /// `Bᵀ d B` of channels `channels` of one tile. Frequency `i` of channel `c` goes to
  /// `result[i * frequencyStride + c - channels.lowerBound]`.
  func transformInput(
    _ map: UnsafePointer<Float>, tile: WinogradTile, channels: Range<Int>,
    into result: UnsafeMutablePointer<Float>, frequencyStride: Int
  ) {
    let pixelStride = geometry.inputChannels
    let lineStride = geometry.inputWidth * pixelStride
    let top = tile.y - geometry.paddingTop
    let left = tile.x - geometry.paddingLeft
    let sample = map + tile.sample * geometry.inputHeight * lineStride
    if top >= 0 && left >= 0 && top + 6 <= geometry.inputHeight
      && left + 6 <= geometry.inputWidth
    {
      let source = InnerPixels(
        first: sample + (top * lineStride + left * pixelStride), lineStride: lineStride,
        pixelStride: pixelStride)
      transformInput(source, channels: channels, into: result, frequencyStride: frequencyStride)
    } else {
      withPixels(side: 6) { pixels in
        for y in 0..<6 {
          for x in 0..<6 {
            let isInside =
              top + y >= 0 && top + y < geometry.inputHeight && left + x >= 0
              && left + x < geometry.inputWidth
            pixels[y * 6 + x] =
              isInside ? sample + ((top + y) * lineStride + (left + x) * pixelStride) : zeros
          }
        }
        transformInput(
          BorderPixels(pixels: pixels, side: 6), channels: channels, into: result,
          frequencyStride: frequencyStride)
      }
    }
  }

  @inline(__always)
  private func transformInput<Source: PixelSource>(
    _ source: Source, channels: Range<Int>, into result: UnsafeMutablePointer<Float>,
    frequencyStride: Int
  ) {
    var result = result
    var channel = channels.lowerBound
    while channel < channels.upperBound {
      // In two halves: all of it would not fit into the registers.
      transformRows(
        channel: channel, source, into: result, frequencyStride: frequencyStride
      ) { $0.inputTransformUpper }
      transformRows(
        channel: channel, source, into: result + 18 * frequencyStride,
        frequencyStride: frequencyStride
      ) { $0.inputTransformLower }
      result += vectorWidth
      channel += vectorWidth
    }
  }

  /// Three of the six rows of `Bᵀ d B`, which `columnTransform` makes of the columns of `d`.
  @inline(__always)
  private func transformRows<Source: PixelSource>(
    channel: Int, _ source: Source, into result: UnsafeMutablePointer<Float>,
    frequencyStride: Int, columnTransform: (Six) -> Three
  ) {
    @inline(__always) func column(_ x: Int) -> Three {
      columnTransform(
        Six(
          a: source.vector(y: 0, x: x, channel: channel),
          b: source.vector(y: 1, x: x, channel: channel),
          c: source.vector(y: 2, x: x, channel: channel),
          d: source.vector(y: 3, x: x, channel: channel),
          e: source.vector(y: 4, x: x, channel: channel),
          f: source.vector(y: 5, x: x, channel: channel)))
    }
    let (a, b, c, d, e, f) = (column(0), column(1), column(2), column(3), column(4), column(5))
    @inline(__always) func writeRow(_ y: Int, _ row: Six) {
      row.inputTransform.write(to: result + y * 6 * frequencyStride, stride: frequencyStride)
    }
    writeRow(0, Six(a: a.a, b: b.a, c: c.a, d: d.a, e: e.a, f: f.a))
    writeRow(1, Six(a: a.b, b: b.b, c: c.b, d: d.b, e: e.b, f: f.b))
    writeRow(2, Six(a: a.c, b: b.c, c: c.c, d: d.c, e: e.c, f: f.c))
  }

  /// `A y Aᵀ` of the output gradients of one tile, all channels; those outside the map count as zero.
  func transformOutputGradient(
    _ gradient: UnsafePointer<Float>, leadingDimension: Int, tile: WinogradTile,
    into result: UnsafeMutablePointer<Float>, frequencyStride: Int
  ) {
    let height = tile.height(in: geometry)
    let width = tile.width(in: geometry)
    let lineStride = geometry.outputWidth * leadingDimension
    let first = gradient + tile.firstOutput(in: geometry) * leadingDimension
    if height == 4 && width == 4 {
      let source = InnerPixels(first: first, lineStride: lineStride, pixelStride: leadingDimension)
      transformOutputGradient(source, into: result, frequencyStride: frequencyStride)
    } else {
      withPixels(side: 4) { pixels in
        for y in 0..<4 {
          for x in 0..<4 {
            pixels[y * 4 + x] =
              y < height && x < width
              ? first + (y * lineStride + x * leadingDimension) : zeros
          }
        }
        transformOutputGradient(
          BorderPixels(pixels: pixels, side: 4), into: result, frequencyStride: frequencyStride)
      }
    }
  }

  @inline(__always)
  private func transformOutputGradient<Source: PixelSource>(
    _ source: Source, into result: UnsafeMutablePointer<Float>, frequencyStride: Int
  ) {
    var result = result
    var channel = 0
    while channel < geometry.outputChannels {
      @inline(__always) func column(_ x: Int) -> Six {
        Four(
          a: source.vector(y: 0, x: x, channel: channel),
          b: source.vector(y: 1, x: x, channel: channel),
          c: source.vector(y: 2, x: x, channel: channel),
          d: source.vector(y: 3, x: x, channel: channel)
        ).outputGradientTransform
      }
      let (a, b, c, d) = (column(0), column(1), column(2), column(3))
      @inline(__always) func writeRow(_ y: Int, _ row: Four) {
        row.outputGradientTransform.write(
          to: result + y * 6 * frequencyStride, stride: frequencyStride)
      }
      writeRow(0, Four(a: a.a, b: b.a, c: c.a, d: d.a))
      writeRow(1, Four(a: a.b, b: b.b, c: c.b, d: d.b))
      writeRow(2, Four(a: a.c, b: b.c, c: c.c, d: d.c))
      writeRow(3, Four(a: a.d, b: b.d, c: c.d, d: d.d))
      writeRow(4, Four(a: a.e, b: b.e, c: c.e, d: d.e))
      writeRow(5, Four(a: a.f, b: b.f, c: c.f, d: d.f))
      result += vectorWidth
      channel += vectorWidth
    }
  }

  /// `Aᵀ m A` of one vector of channels: calls `body` with each line of four pixels.
  @inline(__always)
  func transformOutput(
    _ sums: UnsafePointer<Float>, frequencyStride: Int, _ body: (Int, Four) -> Void
  ) {
    @inline(__always) func column(_ x: Int) -> Four {
      Six(sums + x * frequencyStride, stride: 6 * frequencyStride).outputTransform
    }
    let (a, b, c, d, e, f) = (column(0), column(1), column(2), column(3), column(4), column(5))
    body(0, Six(a: a.a, b: b.a, c: c.a, d: d.a, e: e.a, f: f.a).outputTransform)
    body(1, Six(a: a.b, b: b.b, c: c.b, d: d.b, e: e.b, f: f.b).outputTransform)
    body(2, Six(a: a.c, b: b.c, c: c.c, d: d.c, e: e.c, f: f.c).outputTransform)
    body(3, Six(a: a.d, b: b.d, c: c.d, d: d.d, e: e.d, f: f.d).outputTransform)
  }

  @inline(__always)
  private func withPixels(
    side: Int, _ body: (UnsafeMutablePointer<UnsafePointer<Float>>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: side * side) {
      if let pixels = $0.baseAddress { body(pixels) }
    }
  }
}

extension Six {
  @inline(__always) init(_ source: UnsafePointer<Float>, stride: Int) {
    self.init(
      a: load(source), b: load(source + stride), c: load(source + 2 * stride),
      d: load(source + 3 * stride), e: load(source + 4 * stride), f: load(source + 5 * stride))
  }

  @inline(__always) func write(to destination: UnsafeMutablePointer<Float>, stride: Int) {
    store(a, destination)
    store(b, destination + stride)
    store(c, destination + 2 * stride)
    store(d, destination + 3 * stride)
    store(e, destination + 4 * stride)
    store(f, destination + 5 * stride)
  }
}

extension Four {
  @inline(__always) init(_ source: UnsafePointer<Float>, stride: Int) {
    self.init(
      a: load(source), b: load(source + stride), c: load(source + 2 * stride),
      d: load(source + 3 * stride))
  }

  @inline(__always) func write(to destination: UnsafeMutablePointer<Float>, stride: Int) {
    store(a, destination)
    store(b, destination + stride)
    store(c, destination + 2 * stride)
    store(d, destination + 3 * stride)
  }
}

extension Three {
  @inline(__always) init(_ source: UnsafePointer<Float>, stride: Int) {
    self.init(a: load(source), b: load(source + stride), c: load(source + 2 * stride))
  }

  /// Writes, or adds to what is there.
  @inline(__always)
  func write(to destination: UnsafeMutablePointer<Float>, stride: Int, accumulates: Bool) {
    @inline(__always) func put(_ vector: Vector, _ target: UnsafeMutablePointer<Float>) {
      store(accumulates ? load(target) + vector : vector, target)
    }
    put(a, destination)
    put(b, destination + stride)
    put(c, destination + 2 * stride)
  }
}
