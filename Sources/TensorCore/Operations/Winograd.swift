import Kernels
import Platform

/// Transformed weights as a product takes them.
enum WinogradOperand {
  /// There already.
  case kept(Storage)
  /// Made by `pack` a piece at a time while the product goes on, so that they never are in memory
  /// together, and come out of the cache.
  ///
  /// `pack` writes panels of a range to the places that they have behind the first of all panels.
  case made(by: (_ panels: Range<Int>, UnsafeMutablePointer<Float>) -> Void)
}

/// Weights of 3x3 convolutions in Winograd's domain, where products take a quarter of the
/// multiplications and weights four times the memory.
package enum WinogradWeights {
  /// Maps of fewer tiles do not pay for the transformation of the weights.
  private static let minimumTileCount = 12
  /// The same where products of narrow numbers are the alternative, by instructions that make them
  /// much faster. Bytes widened to 16 bits are hardly faster than floats.
  private static let minimumTileCountBesideNarrowProducts = 64
  /// Weights for inference that are small enough to be kept, where a product is short beside the
  /// transformation: those of small models on small maps.
  static let keptByteCount = 4 << 20
  static let keptTileCount = 1024
  /// How much is made at a time: little beside the last cache, much beside what a piece costs, which
  /// is to transform the map once more.
  static let pieceByteCount = 24 << 20

  /// Whether the kernels compute `geometry` faster so.
  package static func areWorthwhile(
    _ geometry: ConvolutionGeometry, beside arithmetic: ProductArithmetic = .widened
  ) -> Bool {
    let minimum =
      switch arithmetic {
      case .narrowed where kernels.prefersNarrowedProducts(.bf16):
        minimumTileCountBesideNarrowProducts
      case .narrowed, .widened: minimumTileCount
      }
    return kernels.prefersWinograd(geometry) && kernels.winogradTileCount(geometry) >= minimum
  }

  /// The weights `[OC, 3, 3, C]` of the forward `geometry`, for its input gradient.
  static func flipped(
    _ weight: Tensor, _ geometry: ConvolutionGeometry, beside arithmetic: ProductArithmetic
  ) -> WinogradOperand? {
    guard areWorthwhile(geometry.inputGradient, beside: arithmetic) else { return nil }
    return .made {
      kernels.packWinogradFlipped(weight.base, geometry: geometry, panels: $0, into: $1)
    }
  }
}

extension MatrixWeight {
  /// The transformed weights when `geometry` is computed faster with them.
  ///
  /// For inference one sample of `geometry` decides, so that an answer does not depend on what
  /// else is in its batch, to the last bit.
  func winogradOperand(_ geometry: ConvolutionGeometry) -> WinogradOperand? {
    switch self {
    case .parameter(let parameter):
      guard WinogradWeights.areWorthwhile(geometry, beside: parameter.products.arithmetic) else {
        return nil
      }
      let weight = parameter.value
      return .made {
        kernels.packWinograd(weight.base, geometry: geometry, panels: $0, into: $1)
      }
    case .packed(let matrix):
      var sample = geometry
      sample.batch = 1
      guard WinogradWeights.areWorthwhile(sample, beside: matrix.panels.arithmetic) else {
        return nil
      }
      return matrix.winogradOperand(sample)
    }
  }
}

extension PackedMatrix {
  fileprivate func winogradOperand(_ geometry: ConvolutionGeometry) -> WinogradOperand {
    let count = kernels.winogradPackedCount(geometry)
    guard count * MemoryLayout<Float>.stride <= WinogradWeights.keptByteCount,
      kernels.winogradTileCount(geometry) <= WinogradWeights.keptTileCount
    else {
      return .made { packWinograd(geometry, panels: $0, into: $1) }
    }
    let kept = winograd.value {
      let span = OperationProfile.beginPart("packing")
      defer { span.end() }
      let storage = Storage(count: count)
      let width = kernels.panelWidth
      Parallel.forEachRange((geometry.outputChannels + width - 1) / width) {
        packWinograd(geometry, panels: $0, into: storage.base)
      }
      return storage
    }
    return .kept(kept)
  }

  private func packWinograd(
    _ geometry: ConvolutionGeometry, panels range: Range<Int>,
    into target: UnsafeMutablePointer<Float>
  ) {
    guard precision != .fp32 else {
      return kernels.packWinograd(
        fromPanels: panels.storage.base, geometry: geometry, panels: range, into: target)
    }
    let k = geometry.patchLength
    let width = kernels.panelWidth
    withScratch(width * k) { widened in
      // A panel is the whole of a convolution to its channels, behind the panels before it.
      for panel in range {
        let columns = panel * width..<min(geometry.outputChannels, (panel + 1) * width)
        let part = geometry.with(outputChannels: columns.count)
        kernels.widen(
          panels.storage.base
            + kernels.packedCount(k: k, n: columns.lowerBound, precision: precision),
          precision: precision, k: k, n: columns.count, panels: 0..<1, into: widened)
        kernels.packWinograd(
          fromPanels: widened, geometry: part, panels: 0..<1,
          into: target
            + kernels.winogradPackedCount(geometry.with(outputChannels: columns.lowerBound)))
      }
    }
  }
}

extension Tensor {
  /// `epilogue(convolution)` of `self` as the map.
  func winogradProduct(
    _ geometry: ConvolutionGeometry, weights: WinogradOperand, shape: Shape, epilogue: Epilogue
  ) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let width = kernels.panelWidth
    let panelCount = (geometry.outputChannels + width - 1) / width
    switch weights {
    case .kept(let storage):
      convolveWinograd(
        geometry, panels: 0..<panelCount, packed: storage.base, into: output, epilogue: epilogue)
      withExtendedLifetime(storage) {}
    case .made(let pack):
      let panelFloats = kernels.winogradPackedCount(geometry.with(outputChannels: width))
      let piece = min(
        panelCount,
        max(1, WinogradWeights.pieceByteCount / MemoryLayout<Float>.stride / panelFloats))
      let storage = Storage(count: piece * panelFloats)
      for start in stride(from: 0, to: panelCount, by: piece) {
        let panels = start..<min(panelCount, start + piece)
        let base = storage.base - start * panelFloats
        let span = OperationProfile.beginPart("packing")
        Parallel.forEachRange(panels.count) {
          pack(start + $0.lowerBound..<start + $0.upperBound, base)
        }
        span.end()
        convolveWinograd(geometry, panels: panels, packed: base, into: output, epilogue: epilogue)
      }
      withExtendedLifetime(storage) {}
    }
    return output
  }

  /// Columns `panels` of the convolution, whose weights `packed` has in the places of all panels.
  private func convolveWinograd(
    _ geometry: ConvolutionGeometry, panels: Range<Int>, packed: UnsafePointer<Float>,
    into output: Tensor, epilogue: Epilogue
  ) {
    // Each piece transforms its part of the map, at half the time of one panel's products, and reads
    // the weights of its panels.
    Parallel.forEachBlock(
      rows: kernels.winogradTileCount(geometry), rowGrain: 12,
      columns: panels.count, columnGrain: 1,
      cost: { Double($0 * $1) + 0.5 * Double($0) + Double($1) },
      scratchCount: { _, _ in kernels.winogradScratchCount(geometry) }
    ) { tiles, columns, scratch in
      kernels.convolveWinograd(
        tiles: tiles,
        panels: panels.lowerBound + columns.lowerBound..<panels.lowerBound + columns.upperBound,
        base, geometry: geometry, packed: packed, into: output.mutableBase,
        leadingDimension: geometry.outputChannels, epilogue: epilogue, scratch: scratch)
    }
    withExtendedLifetime(self) {}
  }

  /// The gradient of the weights `[OC, 3, 3, C]` with `self` as that of the output.
  func winogradWeightGradient(_ x: Tensor, _ geometry: ConvolutionGeometry, shape: Shape) -> Tensor
  {
    let span = OperationProfile.beginPart("weight gradient")
    defer { span.end() }
    OperationProfile.count(
      operations: 2 * Double(geometry.outputPixelCount) * Double(geometry.patchLength)
        * Double(geometry.outputChannels))
    let gradient = Tensor(uninitialized: shape)
    let vectors = 16
    let columnGrain = max(vectors, kernels.panelWidth)
    Parallel.forEachBlock(
      rows: geometry.outputChannels, rowGrain: vectors, columns: geometry.inputChannels,
      columnGrain: columnGrain,
      cost: { rows, columns in
        // Sums that outgrow the second-level cache make products slower.
        let sumCount = 36 * rows * vectors * columns * columnGrain
        return Double(rows * columns) * (sumCount > 180_000 ? 1.4 : 1)
          + 0.3 * Double(columns) + 0.2 * Double(rows)
      },
      scratchCount: { outputCount, channelCount in
        kernels.winogradWeightGradientScratchCount(
          geometry.with(outputChannels: outputCount), channelCount: channelCount)
      }
    ) { outputs, channels, scratch in
      kernels.winogradWeightGradient(
        channels: channels, outputGradient: base + outputs.lowerBound,
        leadingDimension: geometry.outputChannels, x.base,
        geometry: geometry.with(outputChannels: outputs.count),
        into: gradient.mutableBase + outputs.lowerBound * geometry.patchLength,
        accumulates: false, scratch: scratch)
    }
    withExtendedLifetime(x) {}
    return gradient
  }
}

extension ConvolutionGeometry {
  /// The same convolution to other channels.
  fileprivate func with(outputChannels: Int) -> ConvolutionGeometry {
    var result = self
    result.outputChannels = outputChannels
    return result
  }
}
