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
    k: Int, n: Int, panels: Range<Int>, arithmetic: ProductArithmetic,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let layout = PanelLayout(k: k, n: n, precision: panelPrecision(arithmetic))
    guard isTransposed else {
      return PanelRows(layout: layout, panels: panels).forEachGroup { group in
        var rows = SteppedRows(group, rowDistance: leadingDimension, packed: packed)
        for step in 0..<k { rows.append(source + step * leadingDimension) }
        rows.finish()
      }
    }
    for panel in panels {
      let columns = layout.columns(ofPanel: panel)
      packTransposed(
        source + columns.lowerBound * leadingDimension, leadingDimension: leadingDimension,
        columnCount: columns.count, k: k, width: layout.width(ofPanel: panel),
        stepsPerWord: layout.stepsPerWord, into: packed + layout.offset(ofPanel: panel))
    }
  }

  /// Packs convolution weights `[OC, KH, KW, C]` for the input gradient, phase after phase.
  public func packFlipped(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    arithmetic: ProductArithmetic, into packed: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.inputChannels
    let taps = geometry.kernelHeight * geometry.kernelWidth
    let layout = PanelLayout(
      k: taps * geometry.outputChannels, n: channels, precision: panelPrecision(arithmetic))
    PanelRows(layout: layout, panels: panels).forEachGroup { group in
      var rows = SteppedRows(group, rowDistance: taps * channels, packed: packed)
      ConvolutionPhase.forEach(of: geometry.inputGradient) { phase in
        for y in 0..<phase.geometry.kernelHeight {
          for x in 0..<phase.geometry.kernelWidth {
            // The gradient's kernel is the weight's, turned by half a circle.
            let ky = geometry.kernelHeight - 1 - phase.firstTap.y - y * phase.dilation
            let kx = geometry.kernelWidth - 1 - phase.firstTap.x - x * phase.dilation
            let tap = ky * geometry.kernelWidth + kx
            for output in 0..<geometry.outputChannels {
              rows.append(weight + (output * taps + tap) * channels)
            }
          }
        }
      }
      rows.finish()
    }
  }

  private func panelPrecision(_ arithmetic: ProductArithmetic) -> WeightPrecision {
    switch arithmetic {
    case .widened: .fp32
    case .narrowed: .bf16
    }
  }

  /// `source` holds the columns as rows of length `k`. Works through them in pieces whose lines stay
  /// in the first-level cache, also until they are rounded.
  private func packTransposed(
    _ source: UnsafePointer<Float>, leadingDimension: Int, columnCount: Int, k: Int, width: Int,
    stepsPerWord: Int, into destination: UnsafeMutablePointer<Float>
  ) {
    let piece = 64
    guard stepsPerWord > 1 else {
      for start in stride(from: 0, to: k, by: piece) {
        packPiece(
          source + start, leadingDimension: leadingDimension, columnCount: columnCount,
          k: min(piece, k - start), width: width, into: destination + start * width)
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: piece * width) { buffer in
      guard let steps = buffer.baseAddress else { return }
      for start in stride(from: 0, to: k, by: piece) {
        let count = min(piece, k - start)
        packPiece(
          source + start, leadingDimension: leadingDimension, columnCount: columnCount, k: count,
          width: width, into: steps)
        narrowPairs(
          steps, count: count, width: width, into: destination + start / stepsPerWord * width)
      }
    }
  }

  private func packPiece(
    _ source: UnsafePointer<Float>, leadingDimension: Int, columnCount: Int, k count: Int,
    width: Int, into target: UnsafeMutablePointer<Float>
  ) {
    transpose(
      source, rowStride: leadingDimension, rowCount: columnCount, columnCount: count,
      factor: 1, to: target, targetStride: width)
    if columnCount < width {
      for step in 0..<count {
        zeroFloats(target + (step * width + columnCount), count: width - columnCount)
      }
    }
  }
}

/// Rows of the right operand in the order of steps along `K`, on their way into panels.
private struct SteppedRows {
  private let panels: PanelRows
  private let rowDistance: Int
  private let packed: UnsafeMutablePointer<Float>
  private var step = 0
  /// The earlier row of a word that waits for its other one.
  private var earlier: UnsafePointer<Float>?

  /// - Parameter rowDistance: floats from one row to the next.
  @inline(__always)
  init(_ panels: PanelRows, rowDistance: Int, packed: UnsafeMutablePointer<Float>) {
    self.panels = panels
    self.rowDistance = rowDistance
    self.packed = packed
  }

  @inline(__always) mutating func append(_ row: UnsafePointer<Float>) {
    if panels.layout.stepsPerWord == 1 {
      panels.pack(row, rowDistance: rowDistance, step: step, into: packed)
    } else if let first = earlier {
      panels.packPair(first, row, rowDistance: rowDistance, word: step / 2, into: packed)
      earlier = nil
    } else {
      earlier = row
    }
    step += 1
  }

  /// Packs what still waits.
  @inline(__always) mutating func finish() {
    guard let earlier else { return }
    panels.packPair(earlier, nil, rowDistance: rowDistance, word: step / 2, into: packed)
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

  /// The same for the word of two rows, of zeros instead of a later one that is missing.
  @inline(__always)
  func packPair(
    _ earlier: UnsafePointer<Float>, _ later: UnsafePointer<Float>?, rowDistance: Int, word: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    var panel = panels.lowerBound
    while panel < panels.upperBound {
      let columns = layout.columns(ofPanel: panel)
      let width = layout.width(ofPanel: panel)
      let target = packed + (layout.offset(ofPanel: panel) + word * width)
      let ahead = earlier + (16 * rowDistance + columns.lowerBound)
      prefetchForReadingOnce(ahead)
      prefetchForReadingOnce(ahead + rowDistance)
      for column in stride(from: 0, to: width, by: vectorWidth) {
        let span = VectorSpan(
          offset: columns.lowerBound + column, count: min(vectorWidth, columns.count - column))
        store(
          pairedUpperHalves(load(earlier, span), later.map { load($0, span) } ?? .zero),
          target + column)
      }
      panel += 1
    }
  }
}
