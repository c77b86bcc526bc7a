import KernelInterface

extension VectorKernels {
  /// Columns of a packed panel: two vectors.
  public var panelWidth: Int { PanelLayout.width }
  /// Rows of the tallest tile.
  public var tileHeight: Int { TallTile<TwoVectors>.height }

  /// Floats of a packed `[k, n]` operand.
  public func packedCount(k: Int, n: Int) -> Int { PanelLayout(k: k, n: n).wordCount }

  /// Packs panels `panels` of a matrix `[k, n]`, or `[n, k]` when `isTransposed`.
  public func pack(
    _ source: UnsafePointer<Float>, leadingDimension: Int, isTransposed: Bool,
    k: Int, n: Int, panels: Range<Int>, into packed: UnsafeMutablePointer<Float>
  ) {
    let layout = PanelLayout(k: k, n: n)
    for panel in panels {
      let columns = layout.columns(ofPanel: panel)
      let width = layout.width(ofPanel: panel)
      let destination = packed + layout.offset(ofPanel: panel)
      if isTransposed {
        packTransposed(
          source + columns.lowerBound * leadingDimension, leadingDimension: leadingDimension,
          columnCount: columns.count, k: k, width: width, into: destination)
      } else {
        for step in 0..<k {
          packStep(
            source + (step * leadingDimension + columns.lowerBound), columnCount: columns.count,
            width: width, into: destination + step * width)
        }
      }
    }
  }

  /// Packs convolution weights `[OC, KH, KW, C]` for the input gradient, phase after phase.
  public func packFlipped(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.inputChannels
    let taps = geometry.kernelHeight * geometry.kernelWidth
    let layout = PanelLayout(k: taps * geometry.outputChannels, n: channels)
    for panel in panels {
      let columns = layout.columns(ofPanel: panel)
      let width = layout.width(ofPanel: panel)
      var destination = packed + layout.offset(ofPanel: panel)
      ConvolutionPhase.forEach(of: geometry.inputGradient) { phase in
        for y in 0..<phase.geometry.kernelHeight {
          for x in 0..<phase.geometry.kernelWidth {
            // The gradient's kernel is the weight's, turned by half a circle.
            let ky = geometry.kernelHeight - 1 - phase.firstTap.y - y * phase.dilation
            let kx = geometry.kernelWidth - 1 - phase.firstTap.x - x * phase.dilation
            let tap = ky * geometry.kernelWidth + kx
            for output in 0..<geometry.outputChannels {
              packStep(
                weight + ((output * taps + tap) * channels + columns.lowerBound),
                columnCount: columns.count, width: width, into: destination)
              destination += width
            }
          }
        }
      }
    }
  }

  /// One step along `K`: the columns side by side in memory already.
  @inline(__always)
  private func packStep(
    _ source: UnsafePointer<Float>, columnCount: Int, width: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    copyFloats(source, to: destination, count: columnCount)
    if columnCount < width { zeroFloats(destination + columnCount, count: width - columnCount) }
  }

  /// `source` holds the columns as rows of length `k`. Works through them in short pieces, so that the
  /// cache lines written to stay in reach.
  private func packTransposed(
    _ source: UnsafePointer<Float>, leadingDimension: Int, columnCount: Int, k: Int, width: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    let piece = 16
    var start = 0
    while start < k {
      let count = min(piece, k - start)
      let target = destination + start * width
      for column in 0..<columnCount {
        let values = source + (column * leadingDimension + start)
        if count == piece {
          for step in 0..<piece { target[step * width + column] = values[step] }
        } else {
          for step in 0..<count { target[step * width + column] = values[step] }
        }
      }
      for column in columnCount..<width {
        for step in 0..<count { target[step * width + column] = 0 }
      }
      start += count
    }
  }
}
