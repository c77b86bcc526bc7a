import KernelInterface

/// How a weight gradient in Winograd's domain is cut.
private struct WinogradGradientBlocking {
  /// Tiles transformed at a time, whose products are summed in registers.
  let tileCount: Int
  /// Whether that is all of them, so that no sums need to be kept.
  let isWhole: Bool
  let inputStride: Int
  let gradientStride: Int
  let outputCount: Int
  let columnCount: Int

  init(_ geometry: ConvolutionGeometry, tileCount: Int, channelCount: Int) {
    isWhole = tileCount <= 64
    self.tileCount = isWhole ? tileCount : 48
    // Padded, so that tiles of many channels fall into different sets of the first-level cache, and
    // so that the last tile of a product may read a little too far.
    inputStride = channelCount + 16
    gradientStride = geometry.outputChannels + 16
    outputCount = geometry.outputChannels
    columnCount = channelCount
  }

  /// Floats between the frequencies of the transformed operands.
  var inputFrequencyStride: Int { tileCount * inputStride }
  var gradientFrequencyStride: Int { tileCount * gradientStride }
  var inputCount: Int { 36 * inputFrequencyStride }
  var gradientCount: Int { 36 * gradientFrequencyStride }
  /// Sums of all frequencies, or of the 36 register tiles in work.
  var sumCount: Int {
    36 * (isWhole ? TallTile<TwoVectors>.height * PanelLayout.width : outputCount * columnCount)
  }
}

extension VectorKernels {
  /// Floats of scratch for one concurrent call of `winogradWeightGradient`.
  public func winogradWeightGradientScratchCount(
    _ geometry: ConvolutionGeometry, channelCount: Int
  ) -> Int {
    let blocking = WinogradGradientBlocking(
      geometry, tileCount: winogradTileCount(geometry), channelCount: channelCount)
    return MatrixBlocking.alignmentRoom + blocking.inputCount + blocking.gradientCount
      + blocking.sumCount + TallTile<TwoVectors>.height * PanelLayout.width
      + max(geometry.inputChannels, geometry.outputChannels)
  }

  /// Input channels `channels` of the weight gradient: in Winograd's domain it is 36 products over
  /// all tiles, of the transformed map and the transformed output gradient.
  public func winogradWeightGradient(
    channels: Range<Int>, outputGradient dY: UnsafePointer<Float>, leadingDimension: Int,
    _ map: UnsafePointer<Float>, geometry: ConvolutionGeometry,
    into g: UnsafeMutablePointer<Float>, accumulates: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    let tileCount = winogradTileCount(geometry)
    let blocking = WinogradGradientBlocking(
      geometry, tileCount: tileCount, channelCount: channels.count)
    let input = MatrixBlocking.aligned(scratch)
    let gradient = input + blocking.inputCount
    let sums = gradient + blocking.gradientCount
    let tileBuffer = sums + blocking.sumCount
    let zeros = tileBuffer + TallTile<TwoVectors>.height * PanelLayout.width
    zeroFloats(zeros, count: max(geometry.inputChannels, geometry.outputChannels))
    let transformer = WinogradTransformer(geometry: geometry, zeros: zeros)
    let products = WinogradGradientProducts(
      blocking: blocking, factors: gradient, columns: input, sums: sums, tile: tileBuffer)
    let target = WeightGradientTarget(
      result: g + channels.lowerBound, channelCount: geometry.inputChannels,
      accumulates: accumulates)

    var start = 0
    repeat {
      let block = start..<min(tileCount, start + blocking.tileCount)
      for index in block {
        let tile = WinogradTile(index, of: geometry)
        transformer.transformInput(
          map, tile: tile, channels: channels,
          into: input + (index - start) * blocking.inputStride,
          frequencyStride: blocking.inputFrequencyStride)
        transformer.transformOutputGradient(
          dY, leadingDimension: leadingDimension, tile: tile,
          into: gradient + (index - start) * blocking.gradientStride,
          frequencyStride: blocking.gradientFrequencyStride)
      }
      if blocking.isWhole {
        products.complete(tileCount: block.count, target)
      } else {
        for frequency in 0..<36 {
          products.addFrequency(frequency, tileCount: block.count, addsSums: start > 0)
        }
      }
      start = block.upperBound
    } while start < tileCount
    if !blocking.isWhole {
      target.transform(
        sums, rowStride: blocking.columnCount,
        frequencyStride: blocking.outputCount * blocking.columnCount,
        outputs: 0..<blocking.outputCount, columns: 0..<blocking.columnCount)
    }
  }
}

/// The 36 products `[outputs, tiles] x [tiles, columns]` of one block of tiles.
private struct WinogradGradientProducts {
  let blocking: WinogradGradientBlocking
  let factors: UnsafePointer<Float>
  let columns: UnsafePointer<Float>
  let sums: UnsafeMutablePointer<Float>
  let tile: UnsafeMutablePointer<Float>

  /// Writes one frequency to the sums, or adds to them.
  func addFrequency(_ frequency: Int, tileCount: Int, addsSums: Bool) {
    let sums = sums + frequency * blocking.outputCount * blocking.columnCount
    forEachTile { outputs, columns, width in
      fill(
        frequency: frequency, outputs: outputs, columns: columns, tileCount: tileCount,
        into: tile)
      let window = TileWindow(values: tile, width: width, rows: outputs, columns: columns)
      if addsSums { window.add(sums, leadingDimension: blocking.columnCount) }
      window.write(to: sums, leadingDimension: blocking.columnCount)
    }
  }

  /// All frequencies of one register tile after the other, and straight on to the weight gradient.
  func complete(tileCount: Int, _ target: WeightGradientTarget) {
    let frequencyStride = TallTile<TwoVectors>.height * PanelLayout.width
    forEachTile { outputs, columns, width in
      for frequency in 0..<36 {
        fill(
          frequency: frequency, outputs: outputs, columns: columns, tileCount: tileCount,
          into: sums + frequency * frequencyStride)
      }
      target.transform(
        sums, rowStride: width, frequencyStride: frequencyStride, outputs: outputs,
        columns: columns)
    }
  }

  /// Calls `body` with the outputs, columns and register width of every tile; columns change slowly.
  @inline(__always)
  private func forEachTile(_ body: (Range<Int>, Range<Int>, Int) -> Void) {
    var column = 0
    while column < blocking.columnCount {
      let columns = column..<min(blocking.columnCount, column + PanelLayout.width)
      let width = columns.count <= OneVector.width ? OneVector.width : TwoVectors.width
      var output = 0
      while output < blocking.outputCount {
        let height = registerTileHeight(covering: blocking.outputCount - output)
        let outputs = output..<min(blocking.outputCount, output + height)
        body(outputs, columns, width)
        output = outputs.upperBound
      }
      column = columns.upperBound
    }
  }

  @inline(__always)
  private func fill(
    frequency: Int, outputs: Range<Int>, columns: Range<Int>, tileCount: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    let a = factors + (frequency * blocking.gradientFrequencyStride + outputs.lowerBound)
    let b = self.columns + (frequency * blocking.inputFrequencyStride + columns.lowerBound)
    if columns.count <= OneVector.width {
      fill(OneVector.self, a, b, rows: outputs.count, tileCount: tileCount, into: result)
    } else {
      fill(TwoVectors.self, a, b, rows: outputs.count, tileCount: tileCount, into: result)
    }
  }

  @inline(__always)
  private func fill<Columns: TileColumns>(
    _: Columns.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, rows: Int,
    tileCount: Int, into result: UnsafeMutablePointer<Float>
  ) {
    @inline(__always)
    func compute<Tile: ProductTile>(_: Tile.Type) where Tile.Columns == Columns {
      computeTile(
        Tile.self, a, rowStride: 1, stepStride: blocking.gradientStride, b,
        columnStride: blocking.inputStride, count: tileCount
      ).write(to: result, stride: Columns.width)
    }
    if rows > MediumTile<Columns>.height {
      compute(TallTile<Columns>.self)
    } else if rows > ShortTile<Columns>.height {
      compute(MediumTile<Columns>.self)
    } else {
      compute(ShortTile<Columns>.self)
    }
  }
}

/// Takes sums out of Winograd's domain, into a gradient `[OC, 3, 3, C]`.
private struct WeightGradientTarget {
  /// The first of the columns in work.
  let result: UnsafeMutablePointer<Float>
  let channelCount: Int
  let accumulates: Bool

  /// `Gᵀ u G` of `outputs` and `columns`, whose first element is at `sums`.
  @inline(__always)
  func transform(
    _ sums: UnsafePointer<Float>, rowStride: Int, frequencyStride: Int, outputs: Range<Int>,
    columns: Range<Int>
  ) {
    for output in outputs {
      let row = sums + (output - outputs.lowerBound) * rowStride
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: vectorWidth) {
        transform(
          row + (column - columns.lowerBound), frequencyStride: frequencyStride,
          into: result + (output * 9 * channelCount + column))
      }
    }
  }

  @inline(__always)
  private func transform(
    _ sums: UnsafePointer<Float>, frequencyStride: Int, into taps: UnsafeMutablePointer<Float>
  ) {
    @inline(__always) func column(_ x: Int) -> Three {
      Six(sums + x * frequencyStride, stride: 6 * frequencyStride).weightGradientTransform
    }
    let (a, b, c, d, e, f) = (column(0), column(1), column(2), column(3), column(4), column(5))
    @inline(__always) func writeRow(_ y: Int, _ row: Six) {
      row.weightGradientTransform.write(
        to: taps + 3 * y * channelCount, stride: channelCount, accumulates: accumulates)
    }
    writeRow(0, Six(a: a.a, b: b.a, c: c.a, d: d.a, e: e.a, f: f.a))
    writeRow(1, Six(a: a.b, b: b.b, c: c.b, d: d.b, e: e.b, f: f.b))
    writeRow(2, Six(a: a.c, b: b.c, c: c.c, d: d.c, e: e.c, f: f.c))
  }
}
