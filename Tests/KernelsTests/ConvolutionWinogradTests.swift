import Kernels
import TestSupport
import Testing

@Suite struct ConvolutionWinogradTests {
  typealias Case = ConvolutionCase

  static let cases = [
    Case("one pixel", 1, 1, channels: (16, 16)),
    Case("ragged tiles", batch: 2, 7, 10, channels: (16, 48)),
    Case("inner tiles", 18, 21, channels: (32, 16)),
    Case("no padding", batch: 3, 6, 9, channels: (48, 32), padding: (0, 0, 0, 0)),
    Case("uneven padding", 9, 8, channels: (16, 16), padding: (0, 2, 2, 1)),
    Case("wide padding", 5, 4, channels: (16, 32), padding: (2, 2, 2, 2)),
    Case("several segments", batch: 2, 4, 8, channels: (272, 80)),
    Case("many tiles", batch: 7, 16, 16, channels: (16, 16)),
    Case("SD 320", 8, 8, channels: (320, 320)),
    Case("SD 1280", 4, 4, channels: (1280, 32)),
  ]

  /// The transforms multiply values by up to 81/64 and 27/8 and add what cancels later; the root mean
  /// square error is about 1e-6 of the result's, the largest ten times that.
  static func tolerance(_ length: Int) -> Double { 2e-5 * Double(length).squareRoot() }

  @Test(arguments: KernelSelection.available, cases)
  func equalsDefinition(set: InstructionSet, sample: Case) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let values = Values(geometry)
    expectClose(
      kernels.winograd(values.map, values.weight, geometry),
      ConvolutionReference.forward(values.map, values.weight, geometry),
      absolute: Self.tolerance(geometry.patchLength), "forward")
    expectClose(
      kernels.winogradInputGradient(values.upstream, values.weight, geometry),
      ConvolutionReference.inputGradient(values.upstream, values.weight, geometry),
      absolute: Self.tolerance(geometry.inputGradient.patchLength), "input gradient")
    let weightGradient = ConvolutionReference.weightGradient(
      values.map, values.upstream, geometry)
    let pixels = Self.tolerance(geometry.outputPixelCount + 9)
    expectClose(
      kernels.winogradWeightGradient(values.map, values.upstream, geometry), weightGradient,
      absolute: pixels, "weight gradient")
    let old = matrixValues(values.weight.count, seed: 34)
    expectClose(
      kernels.winogradWeightGradient(values.map, values.upstream, geometry, old: old),
      zip(weightGradient, old).map { $0 + Double($1) }, absolute: pixels,
      "weight gradient, accumulating")
  }

  @Test(
    arguments: KernelSelection.available,
    [
      Case("ragged tiles", batch: 2, 7, 10, channels: (48, 80)),
      Case("many tiles", batch: 8, 16, 16, channels: (16, 48)),
    ])
  func doesNotDependOnTheSplit(set: InstructionSet, sample: Case) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let values = Values(geometry)
    let whole = kernels.winograd(values.map, values.weight, geometry)
    let tileCount = kernels.winogradTileCount(geometry)
    let panelCount = (geometry.outputChannels + kernels.panelWidth - 1) / kernels.panelWidth
    for tiles in [[], [1, tileCount / 2], Array(1..<tileCount)] {
      for panels in [[], Array(1..<panelCount)] {
        #expect(
          whole
            == kernels.winograd(
              values.map, values.weight, geometry, tileSplits: tiles, panelSplits: panels))
      }
    }
    let gradient = kernels.winogradWeightGradient(values.map, values.upstream, geometry)
    let channels = Array(stride(from: 16, to: geometry.inputChannels, by: 16))
    #expect(
      gradient
        == kernels.winogradWeightGradient(
          values.map, values.upstream, geometry, splits: channels))
  }

  @Test(arguments: KernelSelection.available)
  func fusesEpilogues(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let geometry = Case("", batch: 3, 6, 9, channels: (16, 48)).geometry
    let values = Values(geometry)
    let n = geometry.outputChannels
    let old = matrixValues(geometry.outputPixelCount * n, seed: 35)
    let product = ConvolutionReference.forward(values.map, values.weight, geometry)
    for choice in 0..<16 {
      for activation in [Activation.none, .silu, .gelu, .quickGELU] {
        var epilogue = EpilogueReference()
        epilogue.activation = activation
        if choice & 1 != 0 { epilogue.bias = matrixValues(n, seed: 36) }
        if choice & 2 != 0 {
          epilogue.rowsPerSample = geometry.outputHeight * geometry.outputWidth
          epilogue.perSample = matrixValues(geometry.batch * n, seed: 37)
        }
        if choice & 4 != 0 {
          epilogue.residual = matrixValues(geometry.outputPixelCount * n, seed: 38)
        }
        epilogue.accumulates = choice & 8 != 0
        expectClose(
          kernels.winograd(
            values.map, values.weight, geometry, epilogue: epilogue, old: old),
          epilogue.apply(to: product, over: old, n: n),
          absolute: Self.tolerance(geometry.patchLength) + 4e-6, relative: 4e-6,
          "choice \(choice), \(activation)")
      }
    }
  }

  @Test(arguments: KernelSelection.available)
  func isPreferredOnlyWhereItApplies(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    #expect(kernels.prefersWinograd(Case("", 16, 16, channels: (32, 48)).geometry))
    #expect(!kernels.prefersWinograd(Case("", 16, 16, channels: (32, 4)).geometry))
    #expect(!kernels.prefersWinograd(Case("", 16, 16, channels: (3, 32)).geometry))
    #expect(!kernels.prefersWinograd(Case("", 16, 16, channels: (32, 32), stride: 2).geometry))
    #expect(
      !kernels.prefersWinograd(
        Case("", 16, 16, channels: (32, 32), stride: 2).geometry.inputGradient))
    #expect(
      !kernels.prefersWinograd(
        Case("", 16, 16, channels: (32, 32), kernel: (1, 1), padding: (0, 0, 0, 0)).geometry))
  }
}

/// Seeded operands of a convolution.
private struct Values {
  let map: [Float]
  let weight: [Float]
  let upstream: [Float]

  init(_ geometry: ConvolutionGeometry) {
    map = matrixValues(geometry.inputPixelCount * geometry.inputChannels, seed: 31)
    weight = matrixValues(geometry.outputChannels * geometry.patchLength, seed: 32)
    upstream = matrixValues(geometry.outputPixelCount * geometry.outputChannels, seed: 33)
  }
}

extension KernelSet {
  fileprivate func winograd(
    _ map: [Float], _ weight: [Float], _ geometry: ConvolutionGeometry, tileSplits: [Int] = [],
    panelSplits: [Int] = [], epilogue: EpilogueReference = .init(), old: [Float]? = nil
  ) -> [Float] {
    var packed = [Float](repeating: .nan, count: winogradPackedCount(geometry))
    let panelCount = (geometry.outputChannels + panelWidth - 1) / panelWidth
    for panel in (0..<panelCount).reversed() {
      packWinograd(weight, geometry: geometry, panels: panel..<panel + 1, into: &packed)
    }
    return winograd(
      map, packed: packed, geometry, tileSplits: tileSplits, panelSplits: panelSplits,
      epilogue: epilogue, old: old)
  }

  fileprivate func winogradInputGradient(
    _ outputGradient: [Float], _ weight: [Float], _ geometry: ConvolutionGeometry
  ) -> [Float] {
    let gradient = geometry.inputGradient
    var packed = [Float](repeating: .nan, count: winogradPackedCount(gradient))
    let panelCount = (gradient.outputChannels + panelWidth - 1) / panelWidth
    for panel in (0..<panelCount).reversed() {
      packWinogradFlipped(weight, geometry: geometry, panels: panel..<panel + 1, into: &packed)
    }
    return winograd(outputGradient, packed: packed, gradient)
  }

  private func winograd(
    _ map: [Float], packed: [Float], _ geometry: ConvolutionGeometry, tileSplits: [Int] = [],
    panelSplits: [Int] = [], epilogue: EpilogueReference = .init(), old: [Float]? = nil
  ) -> [Float] {
    let n = geometry.outputChannels
    var c = old ?? [Float](repeating: .nan, count: geometry.outputPixelCount * n)
    let panelCount = (n + panelWidth - 1) / panelWidth
    let tileBounds = [0] + tileSplits + [winogradTileCount(geometry)]
    let panelBounds = [0] + panelSplits + [panelCount]
    withOptionalPointers(epilogue.bias, epilogue.perSample, epilogue.residual) { parts in
      let epilogue = Epilogue(
        bias: parts.0, perSample: parts.1, rowsPerSample: epilogue.rowsPerSample,
        activation: epilogue.activation, residual: parts.2, residualLeadingDimension: n,
        accumulates: epilogue.accumulates)
      for (firstTile, lastTile) in zip(tileBounds, tileBounds.dropFirst()) {
        for (firstPanel, lastPanel) in zip(panelBounds, panelBounds.dropFirst()) {
          var scratch = [Float](repeating: .nan, count: winogradScratchCount(geometry))
          convolveWinograd(
            tiles: firstTile..<lastTile, panels: firstPanel..<lastPanel, map, geometry: geometry,
            packed: packed, into: &c, leadingDimension: n, epilogue: epilogue, scratch: &scratch)
        }
      }
    }
    return c
  }

  fileprivate func winogradWeightGradient(
    _ map: [Float], _ outputGradient: [Float], _ geometry: ConvolutionGeometry,
    splits: [Int] = [], old: [Float]? = nil
  ) -> [Float] {
    let count = geometry.outputChannels * geometry.patchLength
    var g = old ?? [Float](repeating: .nan, count: count)
    let bounds = [0] + splits + [geometry.inputChannels]
    for (first, last) in zip(bounds, bounds.dropFirst()) {
      var scratch = [Float](
        repeating: .nan,
        count: winogradWeightGradientScratchCount(geometry, channelCount: last - first))
      winogradWeightGradient(
        channels: first..<last, outputGradient: outputGradient,
        leadingDimension: geometry.outputChannels, map, geometry: geometry, into: &g,
        accumulates: old != nil, scratch: &scratch)
    }
    return g
  }
}

private typealias OptionalPointers = (
  UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?
)

private func withOptionalPointers(
  _ a: [Float]?, _ b: [Float]?, _ c: [Float]?, _ body: (OptionalPointers) -> Void
) {
  func withPointer(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
    if let values { values.withUnsafeBufferPointer { body($0.baseAddress) } } else { body(nil) }
  }
  withPointer(a) { a in withPointer(b) { b in withPointer(c) { c in body((a, b, c)) } } }
}
