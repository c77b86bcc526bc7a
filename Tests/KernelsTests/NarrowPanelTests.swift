import Kernels
import TestSupport
import Testing

@Suite struct NarrowPanelTests {
  static let sizes: [MatrixProductTests.Size] =
    [
      .init(5, 0, 7), .init(5, 7, 0), .init(1, 1, 1), .init(3, 17, 4), .init(97, 33, 65),
      .init(200, 27, 16), .init(130, 1041, 40), .init(12, 512, 32), .init(77, 768, 320),
    ] + (1...9).map { .init($0, 2 * $0 + 1, 2 * $0 + 3) } + (15...35).map { .init(20, 3, $0) }

  /// To the nearest number of 8 bits of significand, to the even one in the middle.
  static func rounded(_ value: Float) -> Float {
    let upper = value.bitPattern & 0xffff_0000
    let below = Float(bitPattern: upper)
    let above = Float(bitPattern: upper &+ 0x1_0000)
    let (toBelow, toAbove) = (
      abs(Double(value) - Double(below)), abs(Double(above) - Double(value))
    )
    if toBelow != toAbove { return toBelow < toAbove ? below : above }
    return (upper >> 16) & 1 == 0 ? below : above
  }

  /// All cases of rounding among usual values.
  private static func weights(_ count: Int) -> [Float] {
    let special: [UInt32] = [
      0x3f80_7fff, 0x3f80_8000, 0x3f80_8001, 0x3f81_8000, 0x3f81_7fff, 0x3fff_ffff, 0x8000_0000,
      0x0000_0001, 0x0000_8000, 0x8001_8000, 0x7f7f_0000,
    ]
    var values = matrixValues(count, seed: 21)
    for (place, bits) in zip(stride(from: 0, to: count, by: 5), special) {
      values[place] = Float(bitPattern: bits)
    }
    return values
  }

  @Test(arguments: KernelSelection.available, sizes)
  func panelsHoldRoundedNumbers(set: InstructionSet, size: MatrixProductTests.Size) throws {
    let kernels = try #require(set.kernels)
    let b = Self.weights(size.k * size.n)
    let plain = kernels.packedMatrix(b, k: size.k, n: size.n, isTransposed: true)
    let narrow = kernels.narrowed(plain, k: size.k, n: size.n, to: .bf16)
    let words = kernels.packedCount(k: size.k, n: size.n, precision: .bf16)
    #expect(narrow.count == words && 2 * words <= plain.count + words / max(size.k, 1) * 2)
    let rounded = b.map(Self.rounded)
    let expected = kernels.packedMatrix(rounded, k: size.k, n: size.n, isTransposed: true)
    let widened = kernels.widened(narrow, k: size.k, n: size.n, from: .bf16)
    #expect(widened.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(kernels.narrowed(plain, k: size.k, n: size.n, to: .fp32) == plain)
    #expect(kernels.widened(plain, k: size.k, n: size.n, from: .fp32) == plain)
  }

  @Test(arguments: KernelSelection.available, sizes)
  func packingRoundsOnTheWay(set: InstructionSet, size: MatrixProductTests.Size) throws {
    let kernels = try #require(set.kernels)
    let (k, n) = (size.k, size.n)
    let b = Self.weights(k * n)
    for isTransposed in [false, true] {
      let plain = kernels.packedMatrix(b, k: k, n: n, isTransposed: isTransposed)
      let narrow = kernels.packedMatrix(
        b, k: k, n: n, isTransposed: isTransposed, arithmetic: .narrowed)
      #expect(
        narrow.map(\.bitPattern)
          == kernels.narrowed(plain, k: k, n: n, to: .bf16).map(\.bitPattern))
    }
  }

  @Test(arguments: KernelSelection.available, ConvolutionTests.cases.prefix(15))
  func flippedWeightsAreRoundedOnTheWay(set: InstructionSet, sample: ConvolutionCase) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let weight = Self.weights(geometry.outputChannels * geometry.patchLength)
    let (k, n) = (geometry.inputGradient.patchLength, geometry.inputChannels)
    let plain = kernels.packedFlipped(weight, geometry)
    #expect(
      kernels.packedFlipped(weight, geometry, arithmetic: .narrowed).map(\.bitPattern)
        == kernels.narrowed(plain, k: k, n: n, to: .bf16).map(\.bitPattern))
  }

  @Test(arguments: KernelSelection.available, sizes)
  func productsAreThoseOfRoundedNumbers(
    set: InstructionSet, size: MatrixProductTests.Size
  ) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (size.m, size.k, size.n)
    let a = matrixValues(m * k + 1, seed: 22)
    let b = matrixValues(k * n, seed: 23)
    let plain = kernels.packedMatrix(b, k: k, n: n, isTransposed: true)
    let rounded = kernels.packedMatrix(b.map(Self.rounded), k: k, n: n, isTransposed: true)
    let narrow = kernels.narrowed(plain, k: k, n: n, to: .bf16)
    try a.withUnsafeBufferPointer { buffer in
      let left = LeftOperand.matrix(try #require(buffer.baseAddress), leadingDimension: k)
      for splits in [[], [m / 2]] {
        let expected = kernels.product(left, packed: rounded, m: m, k: k, n: n, splits: splits)
        let actual = kernels.product(
          left, packed: narrow, precision: .bf16, m: m, k: k, n: n, splits: splits)
        #expect(actual == expected)
      }
    }
  }
}

extension MatrixKernels {
  func narrowed(
    _ panels: [Float], k: Int, n: Int, to precision: WeightPrecision
  ) -> [Float] {
    changed(panels, count: packedCount(k: k, n: n, precision: precision), n: n) {
      narrow($0, k: k, n: n, panels: $1, to: precision, into: $2)
    }
  }

  func widened(
    _ panels: [Float], k: Int, n: Int, from precision: WeightPrecision
  ) -> [Float] {
    changed(panels, count: packedCount(k: k, n: n), n: n) {
      widen($0, precision: precision, k: k, n: n, panels: $1, into: $2)
    }
  }

  /// From the back, one at a time: panels may not touch each other.
  private func changed(
    _ panels: [Float], count: Int, n: Int,
    _ change: (UnsafePointer<Float>, Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    var result = [Float](repeating: .nan, count: count)
    result.withUnsafeMutableBufferPointer { result in
      panels.withUnsafeBufferPointer { panels in
        guard let source = panels.baseAddress, let target = result.baseAddress else { return }
        for panel in (0..<(n + panelWidth - 1) / panelWidth).reversed() {
          change(source, panel..<panel + 1, target)
        }
      }
    }
    return result
  }
}
