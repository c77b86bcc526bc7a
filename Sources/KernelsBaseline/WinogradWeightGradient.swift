import KernelInterface

/// How a weight gradient in Winograd's domain is cut.
private struct WinogradGradientBlocking {
  /// Tiles whose products are summed in registers; the same whatever the geometry.
  static let tileCount = 48

  let inputStride: Int
  let gradientStride: Int
  let outputCount: Int
  let columnCount: Int

  init(_ geometry: ConvolutionGeometry, channelCount: Int) {
    // Padded, so that tiles of many channels fall into different sets of the first-level cache, and
    // so that the last tile of a product may read a little too far.
    inputStride = channelCount + 16
    gradientStride = geometry.outputChannels + 16
    outputCount = geometry.outputChannels
    columnCount = channelCount
  }

  var inputCount: Int { 36 * Self.tileCount * inputStride + PanelLayout.width }
  var gradientCount: Int { 36 * Self.tileCount * gradientStride + 16 }
  var sumCount: Int { 36 * outputCount * columnCount }
}

extension VectorKernels {
  /// Floats of scratch for one concurrent call of `winogradWeightGradient`.
  public func winogradWeightGradientScratchCount(
    _ geometry: ConvolutionGeometry, channelCount: Int
  ) -> Int {
    let blocking = WinogradGradientBlocking(geometry, channelCount: channelCount)
    return MatrixBlocking.alignmentRoom + blocking.inputCount + blocking.gradientCount
      + blocking.sumCount + TallTile<TwoVectors>.height * PanelLayout.width + 36 * vectorWidth
      + max(geometry.inputChannels, geometry.outputChannels)
  }

  /// Input channels `channels` of the weight gradient: in Winograd's domain it is 36 products over
  /// all tiles, of the transformed map and the transformed output gradient.
  public func winogradWeightGradient(
    channels: Range<Int>, outputGradient dY: UnsafePointer<Float>, leadingDimension: Int,
    _ map: UnsafePointer<Float>, geometry: ConvolutionGeometry,
    into g: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    let blocking = WinogradGradientBlocking(geometry, channelCount: channels.count)
    let input = MatrixBlocking.aligned(scratch)
    let gradient = input + blocking.inputCount
    let sums = gradient + blocking.gradientCount
    let tileBuffer = sums + blocking.sumCount
    let half = tileBuffer + TallTile<TwoVectors>.height * PanelLayout.width
    let zeros = half + 36 * vectorWidth
    zeroFloats(zeros, count: max(geometry.inputChannels, geometry.outputChannels))
    let transformer = WinogradTransformer(geometry: geometry, zeros: zeros, half: half)
    zeroFloats(sums, count: blocking.sumCount)

    let tileCount = winogradTileCount(geometry)
    var start = 0
    while start < tileCount {
      let block = start..<min(tileCount, start + WinogradGradientBlocking.tileCount)
      for index in block {
        let tile = WinogradTile(index, of: geometry)
        transformer.transformInput(
          map, tile: tile, channels: channels,
          into: input + (index - start) * blocking.inputStride,
          frequencyStride: WinogradGradientBlocking.tileCount * blocking.inputStride)
        transformer.transformOutputGradient(
          dY, leadingDimension: leadingDimension, tile: tile,
          into: gradient + (index - start) * blocking.gradientStride,
          frequencyStride: WinogradGradientBlocking.tileCount * blocking.gradientStride)
      }
      for frequency in 0..<36 {
        addProducts(
          factors: gradient
            + frequency * WinogradGradientBlocking.tileCount * blocking.gradientStride,
          columns: input + frequency * WinogradGradientBlocking.tileCount * blocking.inputStride,
          tileCount: block.count, blocking: blocking, tile: tileBuffer,
          into: sums + frequency * blocking.outputCount * blocking.columnCount)
      }
      start = block.upperBound
    }
    for output in 0..<geometry.outputChannels {
      for column in stride(from: 0, to: channels.count, by: vectorWidth) {
        transformWeightGradient(
          sums + (output * blocking.columnCount + column),
          frequencyStride: blocking.outputCount * blocking.columnCount,
          into: g + (output * 9 * geometry.inputChannels + channels.lowerBound + column),
          tapStride: geometry.inputChannels, accumulates: accumulates)
      }
    }
  }

  /// One frequency: adds `[outputs, tiles] x [tiles, columns]` to `sums`.
  private func addProducts(
    factors: UnsafePointer<Float>, columns: UnsafePointer<Float>, tileCount: Int,
    blocking: WinogradGradientBlocking, tile: UnsafeMutablePointer<Float>,
    into sums: UnsafeMutablePointer<Float>
  ) {
    @inline(__always)
    func fill<Columns: TileColumns>(_: Columns.Type, output: Int, column: Int) -> Int {
      let rest = blocking.outputCount - output
      return if rest > MediumTile<Columns>.height {
        fill(TallTile<Columns>.self, output: output, column: column)
      } else if rest > ShortTile<Columns>.height {
        fill(MediumTile<Columns>.self, output: output, column: column)
      } else {
        fill(ShortTile<Columns>.self, output: output, column: column)
      }
    }
    @inline(__always)
    func fill<Tile: ProductTile>(_: Tile.Type, output: Int, column: Int) -> Int {
      computeTile(
        Tile.self, factors + output, rowStride: 1, stepStride: blocking.gradientStride,
        columns + column, columnStride: blocking.inputStride, count: tileCount, into: tile)
      return Tile.height
    }
    var column = 0
    while column < blocking.columnCount {
      let end = min(blocking.columnCount, column + PanelLayout.width)
      let isNarrow = end - column <= OneVector.width
      var output = 0
      while output < blocking.outputCount {
        let height =
          isNarrow
          ? fill(OneVector.self, output: output, column: column)
          : fill(TwoVectors.self, output: output, column: column)
        let next = min(blocking.outputCount, output + height)
        let window = TileWindow(
          values: tile, width: isNarrow ? OneVector.width : TwoVectors.width, rows: output..<next,
          columns: column..<end)
        window.add(sums, leadingDimension: blocking.columnCount)
        window.write(to: sums, leadingDimension: blocking.columnCount)
        output = next
      }
      column = end
    }
  }

  /// `Gᵀ u G` of one vector, to nine taps.
  @inline(__always)
  private func transformWeightGradient(
    _ sums: UnsafePointer<Float>, frequencyStride: Int, into result: UnsafeMutablePointer<Float>,
    tapStride: Int, accumulates: Bool
  ) {
    @inline(__always) func column(_ x: Int) -> Three {
      Six(sums + x * frequencyStride, stride: 6 * frequencyStride).weightGradientTransform
    }
    let (a, b, c, d, e, f) = (column(0), column(1), column(2), column(3), column(4), column(5))
    @inline(__always) func writeRow(_ y: Int, _ row: Six) {
      let taps = row.weightGradientTransform
      var target = result + 3 * y * tapStride
      store(accumulates ? load(target) + taps.a : taps.a, target)
      target += tapStride
      store(accumulates ? load(target) + taps.b : taps.b, target)
      target += tapStride
      store(accumulates ? load(target) + taps.c : taps.c, target)
    }
    writeRow(0, Six(a: a.a, b: b.a, c: c.a, d: d.a, e: e.a, f: f.a))
    writeRow(1, Six(a: a.b, b: b.b, c: c.b, d: d.b, e: e.b, f: f.b))
    writeRow(2, Six(a: a.c, b: b.c, c: c.c, d: d.c, e: e.c, f: f.c))
  }
}
