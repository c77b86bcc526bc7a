import KernelInterface

/// How a convolution in Winograd's domain is cut.
struct WinogradBlocking {
  /// Input channels that lie side by side in a transformed tile. Tiles of 128 channels are
  /// `rowStride` apart, a distance known to the compiler and no power of two.
  @inline(__always) static var segment: Int { 128 }
  @inline(__always) static var rowStride: Int { segment + 16 }

  let segmentCount: Int
  /// Tiles transformed at a time: as many as the second-level cache holds, a multiple of the
  /// product's tile heights.
  let tileCount: Int

  init(_ geometry: ConvolutionGeometry) {
    segmentCount = (geometry.inputChannels + Self.segment - 1) / Self.segment
    let floatsPerTile = 36 * (geometry.inputChannels + PanelLayout.width)
    tileCount = max(24, min(96, 196_608 / floatsPerTile / 12 * 12))
  }

  /// Floats between the segments of the transformed input.
  @inline(__always) var segmentStride: Int { 36 * tileCount * Self.rowStride }
  var inputCount: Int { segmentCount * segmentStride }
  var sumCount: Int { 36 * tileCount * PanelLayout.width }
}

extension VectorKernels {
  /// Whether the tiles of 4 x 4 cover little beside the map and channels fill vectors.
  public func prefersWinograd(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.kernelHeight == 3 && geometry.kernelWidth == 3 && geometry.stride == 1
      && geometry.inputDilation == 1 && geometry.inputChannels % 16 == 0
      && geometry.outputChannels % 16 == 0 && geometry.inputChannels > 0
      && geometry.outputPixelCount >= 8 * winogradTileCount(geometry)
  }

  /// Tiles of 4 x 4 outputs.
  public func winogradTileCount(_ geometry: ConvolutionGeometry) -> Int {
    geometry.batch * ((geometry.outputHeight + 3) / 4) * ((geometry.outputWidth + 3) / 4)
  }

  /// Floats of scratch for one concurrent call of `convolveWinograd`.
  public func winogradScratchCount(_ geometry: ConvolutionGeometry) -> Int {
    let blocking = WinogradBlocking(geometry)
    return MatrixBlocking.alignmentRoom + blocking.inputCount + blocking.sumCount
      + geometry.inputChannels + 16 * vectorWidth
  }

  /// Tiles `tiles` and panels `panels` of a convolution.
  public func convolveWinograd(
    tiles: Range<Int>, panels: Range<Int>, _ map: UnsafePointer<Float>,
    geometry: ConvolutionGeometry, packed: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>, leadingDimension: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let blocking = WinogradBlocking(geometry)
    let input = MatrixBlocking.aligned(scratch)
    let sums = input + blocking.inputCount
    let outputs = sums + blocking.sumCount
    let zeros = outputs + 16 * vectorWidth
    zeroFloats(zeros, count: geometry.inputChannels)
    let transformer = WinogradTransformer(geometry: geometry, zeros: zeros)
    let layout = PanelLayout(k: geometry.inputChannels, n: geometry.outputChannels)
    let finish = WinogradFinish(
      geometry: geometry, transformer: transformer, outputs: outputs, result: c,
      leadingDimension: leadingDimension, epilogue: epilogue)

    var start = tiles.lowerBound
    while start < tiles.upperBound {
      let block = start..<min(tiles.upperBound, start + blocking.tileCount)
      for tile in block {
        for segment in 0..<blocking.segmentCount {
          let first = segment * WinogradBlocking.segment
          transformer.transformInput(
            map, tile: WinogradTile(tile, of: geometry),
            channels: first..<min(geometry.inputChannels, first + WinogradBlocking.segment),
            into: input + segment * blocking.segmentStride
              + (tile - start) * WinogradBlocking.rowStride,
            frequencyStride: blocking.tileCount * WinogradBlocking.rowStride)
        }
      }
      for panel in panels {
        let width = layout.width(ofPanel: panel)
        for frequency in 0..<36 {
          let a = input + frequency * blocking.tileCount * WinogradBlocking.rowStride
          let b =
            packed + 36 * layout.offset(ofPanel: panel) + frequency * geometry.inputChannels * width
          let target = sums + frequency * blocking.tileCount * width
          if width == PanelLayout.width {
            multiplyTiles(
              TwoVectors.self, a, b, channelCount: geometry.inputChannels, blocking: blocking,
              tileCount: block.count, into: target)
          } else {
            multiplyTiles(
              OneVector.self, a, b, channelCount: geometry.inputChannels, blocking: blocking,
              tileCount: block.count, into: target)
          }
        }
        finish.complete(
          tiles: block, columns: layout.columns(ofPanel: panel), sums: sums, width: width,
          frequencyStride: blocking.tileCount * width)
      }
      start = block.upperBound
    }
  }

  /// One frequency: `[tiles, channels] x [channels, width]`.
  @inline(__always)
  private func multiplyTiles<Columns: TileColumns>(
    _: Columns.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, channelCount: Int,
    blocking: WinogradBlocking, tileCount: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    @inline(__always)
    func fill<Tile: ProductTile>(_: Tile.Type, at row: Int) where Tile.Columns == Columns {
      computeTile(
        Tile.self, a + row * WinogradBlocking.rowStride, rowStride: WinogradBlocking.rowStride,
        segment: WinogradBlocking.segment, segmentStride: blocking.segmentStride, b,
        columnStride: Columns.width, count: channelCount
      ).write(to: sums + row * Columns.width, stride: Columns.width)
    }
    var row = 0
    while row < tileCount {
      let rest = tileCount - row
      if rest > MediumTile<Columns>.height {
        fill(TallTile<Columns>.self, at: row)
        row += TallTile<Columns>.height
      } else if rest > ShortTile<Columns>.height {
        fill(MediumTile<Columns>.self, at: row)
        row += MediumTile<Columns>.height
      } else {
        fill(ShortTile<Columns>.self, at: row)
        row += ShortTile<Columns>.height
      }
    }
  }
}

/// Takes tiles out of Winograd's domain and through the epilogue.
private struct WinogradFinish {
  let geometry: ConvolutionGeometry
  let transformer: WinogradTransformer
  /// Scratch for the 16 vectors of one tile.
  let outputs: UnsafeMutablePointer<Float>
  let result: UnsafeMutablePointer<Float>
  let leadingDimension: Int
  let epilogue: Epilogue

  func complete(
    tiles: Range<Int>, columns: Range<Int>, sums: UnsafePointer<Float>, width: Int,
    frequencyStride: Int
  ) {
    for index in tiles {
      let tile = WinogradTile(index, of: geometry)
      let isWhole = tile.height(in: geometry) == 4 && tile.width(in: geometry) == 4
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: vectorWidth) {
        let sums = sums + ((index - tiles.lowerBound) * width + column - columns.lowerBound)
        var offset = Vector.zero
        if let bias = epilogue.bias { offset = load(bias + column) }
        if let perSample = epilogue.perSample {
          offset += load(perSample + (tile.sample * geometry.outputChannels + column))
        }
        if isWhole && epilogue.activation == .none && !epilogue.accumulates {
          transformWhole(
            sums, frequencyStride: frequencyStride, tile: tile, column: column, offset: offset)
          continue
        }
        transformer.transformOutput(sums, frequencyStride: frequencyStride) { y, line in
          line.write(to: outputs + y * 4 * vectorWidth, stride: vectorWidth)
        }
        switch epilogue.activation {
        case .none: write(tile, column: column) { $0 + offset }
        case .silu: write(tile, column: column) { vectorSiLU($0 + offset) }
        case .gelu: write(tile, column: column) { vectorGELU($0 + offset) }
        case .quickGELU: write(tile, column: column) { vectorQuickGELU($0 + offset) }
        }
      }
    }
  }

  /// The usual case: all 16 pixels, straight to the result.
  @inline(__always)
  private func transformWhole(
    _ sums: UnsafePointer<Float>, frequencyStride: Int, tile: WinogradTile, column: Int,
    offset: Vector
  ) {
    let first = tile.firstOutput(in: geometry)
    let target = result + (first * leadingDimension + column)
    let lineStride = geometry.outputWidth * leadingDimension
    if let residual = epilogue.residual {
      let addend = residual + (first * epilogue.residualLeadingDimension + column)
      let addendStride = geometry.outputWidth * epilogue.residualLeadingDimension
      transformer.transformOutput(sums, frequencyStride: frequencyStride) { y, line in
        let old = Four(addend + y * addendStride, stride: epilogue.residualLeadingDimension)
        Four(
          a: line.a + offset + old.a, b: line.b + offset + old.b, c: line.c + offset + old.c,
          d: line.d + offset + old.d
        ).write(to: target + y * lineStride, stride: leadingDimension)
      }
    } else {
      transformer.transformOutput(sums, frequencyStride: frequencyStride) { y, line in
        Four(a: line.a + offset, b: line.b + offset, c: line.c + offset, d: line.d + offset)
          .write(to: target + y * lineStride, stride: leadingDimension)
      }
    }
  }

  @inline(__always)
  private func write(_ tile: WinogradTile, column: Int, _ function: (Vector) -> Vector) {
    let first = tile.firstOutput(in: geometry)
    let width = tile.width(in: geometry)
    for y in 0..<tile.height(in: geometry) {
      var pixel = first + y * geometry.outputWidth
      var source = outputs + y * 4 * vectorWidth
      for _ in 0..<width {
        var value = function(load(source))
        if let residual = epilogue.residual {
          value += load(residual + (pixel * epilogue.residualLeadingDimension + column))
        }
        let target = result + (pixel * leadingDimension + column)
        if epilogue.accumulates { value += load(target) }
        store(value, target)
        source += vectorWidth
        pixel += 1
      }
    }
  }
}
