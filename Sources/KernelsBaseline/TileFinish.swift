import KernelInterface

/// Where tiles go: the sums over the earlier blocks of the reduction, and after the last block the
/// result with all that is fused behind the product.
struct TileFinish {
  var result: UnsafeMutablePointer<Float>
  var leadingDimension: Int
  /// Sums over the earlier blocks, indexed like the result: usually the result itself.
  var sums: UnsafeMutablePointer<Float>
  var sumsLeadingDimension: Int
  /// Columns of the whole result.
  var columnCount: Int
  var epilogue: Epilogue

  /// The first or a middle block of a reduction.
  @inline(__always) func keep(_ tile: TileWindow, addingSums: Bool) {
    if addingSums { tile.add(sums, leadingDimension: sumsLeadingDimension) }
    tile.write(to: sums, leadingDimension: sumsLeadingDimension)
  }

  /// The last block. `accumulating` also adds what the result holds.
  func complete(_ tile: TileWindow, addingSums: Bool, accumulating: Bool) {
    if addingSums { tile.add(sums, leadingDimension: sumsLeadingDimension) }
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
    if accumulating { tile.add(result, leadingDimension: leadingDimension) }
    tile.write(to: result, leadingDimension: leadingDimension)
  }
}
