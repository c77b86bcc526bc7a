import KernelInterface

/// Where tiles go: the sums over the earlier blocks of the reduction, and after the last block the
/// result with all that is fused behind the product.
struct TileFinish {
  var result: UnsafeMutablePointer<Float>
  var leadingDimension: Int
  /// Sums over the earlier blocks, indexed like the result: usually the result itself.
  var sums: UnsafeMutablePointer<Float>
  var sumsLeadingDimension: Int
  var sumsAreResult = true
  /// Columns of the whole result.
  var columnCount: Int
  var epilogue: Epilogue

  /// The place of a block in its reduction.
  struct Mode {
    /// Earlier blocks left sums.
    var addsSums: Bool
    var isLast: Bool
    /// The result's old content is added at the end.
    var accumulates: Bool
  }

  /// Whether all that is left to do for a tile in `mode` is to add something to it and to store it.
  func onlyAdds(_ mode: Mode) -> Bool {
    !mode.isLast
      || !mode.accumulates && epilogue.activation == .none && epilogue.perSample == nil
  }

  /// Takes the tile of one block.
  func complete(_ tile: TileWindow, _ mode: Mode) {
    if mode.addsSums { tile.add(sums, leadingDimension: sumsLeadingDimension) }
    guard mode.isLast else {
      tile.write(to: sums, leadingDimension: sumsLeadingDimension)
      return
    }
    if let bias = epilogue.bias { tile.addToRows(bias) }
    if let perSample = epilogue.perSample {
      tile.addPerSample(
        perSample, leadingDimension: columnCount, rowsPerSample: epilogue.rowsPerSample)
    }
    switch epilogue.activation {
    case .none: break
    case .silu: tile.apply(vectorSiLU)
    case .gelu: tile.apply(vectorGELU)
    case .quickGELU: tile.apply(vectorQuickGELU)
    }
    if let residual = epilogue.residual {
      tile.add(residual, leadingDimension: epilogue.residualLeadingDimension)
    }
    if mode.accumulates { tile.add(result, leadingDimension: leadingDimension) }
    tile.write(to: result, leadingDimension: leadingDimension)
  }

  /// Takes the tile of one block whose rows are pixels of a phase: line by line, where they are
  /// evenly spaced.
  func complete(_ tile: TileWindow, of phase: ConvolutionPhase, _ mode: Mode) {
    let lineLength = phase.geometry.outputWidth
    var start = tile.rows.lowerBound
    while start < tile.rows.upperBound {
      let end = min(tile.rows.upperBound, (start / lineLength + 1) * lineLength)
      let pixel = phase.pixel(start)
      var line = self
      line.result += pixel * leadingDimension
      line.leadingDimension *= phase.dilation
      if sumsAreResult {
        line.sums = line.result
        line.sumsLeadingDimension = line.leadingDimension
      } else {
        line.sums += start * sumsLeadingDimension
      }
      if let perSample = epilogue.perSample {
        line.epilogue.perSample = perSample + pixel / epilogue.rowsPerSample * columnCount
        line.epilogue.rowsPerSample = .max
      }
      if let residual = epilogue.residual {
        line.epilogue.residual = residual + pixel * epilogue.residualLeadingDimension
        line.epilogue.residualLeadingDimension *= phase.dilation
      }
      line.complete(
        TileWindow(
          values: tile.values + (start - tile.rows.lowerBound) * tile.width, width: tile.width,
          rows: 0..<end - start, columns: tile.columns),
        mode)
      start = end
    }
  }
}
