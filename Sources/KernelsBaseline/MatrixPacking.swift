import CVectorIntrinsics
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
    guard isTransposed else {
      return PanelRows(layout: layout, panels: panels).forEachGroup { group in
        for step in 0..<k {
          group.pack(
            source + step * leadingDimension, rowDistance: leadingDimension, step: step,
            into: packed)
        }
      }
    }
    for panel in panels {
      let columns = layout.columns(ofPanel: panel)
      packTransposed(
        source + columns.lowerBound * leadingDimension, leadingDimension: leadingDimension,
        columnCount: columns.count, k: k, width: layout.width(ofPanel: panel),
        into: packed + layout.offset(ofPanel: panel))
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
    PanelRows(layout: layout, panels: panels).forEachGroup { group in
      var step = 0
      ConvolutionPhase.forEach(of: geometry.inputGradient) { phase in
        for y in 0..<phase.geometry.kernelHeight {
          for x in 0..<phase.geometry.kernelWidth {
            // The gradient's kernel is the weight's, turned by half a circle.
            let ky = geometry.kernelHeight - 1 - phase.firstTap.y - y * phase.dilation
            let kx = geometry.kernelWidth - 1 - phase.firstTap.x - x * phase.dilation
            let tap = ky * geometry.kernelWidth + kx
            for output in 0..<geometry.outputChannels {
              group.pack(
                weight + (output * taps + tap) * channels, rowDistance: taps * channels,
                step: step, into: packed)
              step += 1
            }
          }
        }
      }
    }
  }

  /// `source` holds the columns as rows of length `k`. Works through them in pieces whose lines stay
  /// in the first-level cache.
  private func packTransposed(
    _ source: UnsafePointer<Float>, leadingDimension: Int, columnCount: Int, k: Int, width: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    let piece = 64
    var start = 0
    while start < k {
      let count = min(piece, k - start)
      let target = destination + start * width
      transpose(
        source + start, rowStride: leadingDimension, rowCount: columnCount, columnCount: count,
        factor: 1, to: target, targetStride: width)
      if columnCount < width {
        for step in 0..<count {
          zeroFloats(target + (step * width + columnCount), count: width - columnCount)
        }
      }
      start += count
    }
  }
}

/// Panels that are filled from rows `[n]` of the right operand, one for each step along `K`.
private struct PanelRows {
  let layout: PanelLayout
  let panels: Range<Int>

  /// Calls `body` with a few neighbouring panels at a time. A single panel would take one cache line
  /// of each row, which is too little to be fetched ahead.
  @inline(__always)
  func forEachGroup(_ body: (PanelRows) -> Void) {
    var first = panels.lowerBound
    while first < panels.upperBound {
      let next = min(panels.upperBound, first + 8)
      body(PanelRows(layout: layout, panels: first..<next))
      first = next
    }
  }

  /// Copies the columns of the panels out of one row, and asks for those of a later row.
  ///
  /// - Parameter rowDistance: floats from one row to the next.
  @inline(__always)
  func pack(
    _ row: UnsafePointer<Float>, rowDistance: Int, step: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let later = row + 16 * rowDistance
    var panel = panels.lowerBound
    while panel < panels.upperBound {
      let columns = layout.columns(ofPanel: panel)
      let width = layout.width(ofPanel: panel)
      let target = packed + (layout.offset(ofPanel: panel) + step * width)
      let source = row + columns.lowerBound
      prefetchForReadingOnce(later + columns.lowerBound)
      if columns.count == PanelLayout.width {
        store(load(source), target)
        store(load(source + vectorWidth), target + vectorWidth)
      } else {
        copyFloats(source, to: target, count: columns.count)
        zeroFloats(target + columns.count, count: width - columns.count)
      }
      panel += 1
    }
  }
}
