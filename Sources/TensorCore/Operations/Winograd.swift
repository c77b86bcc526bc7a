import Kernels
import Platform

/// Weights of 3x3 convolutions in Winograd's domain, where products take a quarter of the
/// multiplications and weights four times the memory.
package enum WinogradWeights {
  /// Maps of fewer tiles do not pay for the transformation of the weights.
  private static let minimumTileCount = 12
  /// Weights for inference that are kept transformed may be so large; larger ones are transformed
  /// at each use if the map has `rewardingTileCount`.
  static let keptByteCount = 48 << 20
  static let rewardingTileCount = 64

  /// Whether the kernels compute `geometry` faster so.
  package static func areWorthwhile(_ geometry: ConvolutionGeometry) -> Bool {
    kernels.prefersWinograd(geometry)
      && kernels.winogradTileCount(geometry) >= minimumTileCount
  }

  /// Transforms each panel of the weights of `geometry` by `pack`.
  static func packed(
    _ geometry: ConvolutionGeometry,
    _ pack: (_ panels: Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> Storage {
    let span = OperationProfile.beginPart("packing")
    defer { span.end() }
    let storage = Storage(count: kernels.winogradPackedCount(geometry))
    let width = kernels.panelWidth
    Parallel.forEachRange((geometry.outputChannels + width - 1) / width) {
      pack($0, storage.base)
    }
    return storage
  }

  /// The weights `[OC, 3, 3, C]` of the forward `geometry`, for its input gradient.
  static func flipped(_ weight: Tensor, _ geometry: ConvolutionGeometry) -> Storage? {
    let backward = geometry.inputGradient
    guard areWorthwhile(backward) else { return nil }
    return packed(backward) {
      kernels.packWinogradFlipped(weight.base, geometry: geometry, panels: $0, into: $1)
    }
  }
}

extension MatrixWeight {
  /// The transformed weights when `geometry` is computed faster with them.
  ///
  /// For inference one sample of `geometry` decides, so that an answer does not depend on what
  /// else is in its batch, to the last bit.
  func winogradOperand(_ geometry: ConvolutionGeometry) -> Storage? {
    switch self {
    case .parameter(let parameter):
      guard WinogradWeights.areWorthwhile(geometry) else { return nil }
      let weight = parameter.value
      return WinogradWeights.packed(geometry) {
        kernels.packWinograd(weight.base, geometry: geometry, panels: $0, into: $1)
      }
    case .packed(let matrix):
      var sample = geometry
      sample.batch = 1
      guard WinogradWeights.areWorthwhile(sample) else { return nil }
      return matrix.winogradOperand(sample)
    }
  }
}

extension PackedMatrix {
  fileprivate func winogradOperand(_ geometry: ConvolutionGeometry) -> Storage? {
    func make() -> Storage {
      WinogradWeights.packed(geometry) {
        kernels.packWinograd(fromPanels: packed.base, geometry: geometry, panels: $0, into: $1)
      }
    }
    let size = kernels.winogradPackedCount(geometry) * MemoryLayout<Float>.stride
    guard size <= WinogradWeights.keptByteCount else {
      return kernels.winogradTileCount(geometry) >= WinogradWeights.rewardingTileCount
        ? make() : nil
    }
    return winograd.value(make)
  }
}

extension Tensor {
  /// `epilogue(convolution)` of `self` as the map.
  func winogradProduct(
    _ geometry: ConvolutionGeometry, packed: Storage, shape: Shape, epilogue: Epilogue
  ) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let width = kernels.panelWidth
    // Each piece transforms its part of the map, at half the time of one panel's products, and reads
    // the weights of its panels.
    Parallel.forEachBlock(
      rows: kernels.winogradTileCount(geometry), rowGrain: 12,
      columns: (geometry.outputChannels + width - 1) / width, columnGrain: 1,
      cost: { Double($0 * $1) + 0.5 * Double($0) + Double($1) },
      scratchCount: { _, _ in kernels.winogradScratchCount(geometry) }
    ) { tiles, panels, scratch in
      kernels.convolveWinograd(
        tiles: tiles, panels: panels, base, geometry: geometry, packed: packed.base,
        into: output.mutableBase, leadingDimension: geometry.outputChannels, epilogue: epilogue,
        scratch: scratch)
    }
    withExtendedLifetime((self, packed)) {}
    return output
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
