import Kernels
import TestSupport
import Testing

/// Weight gradients whose both operands are rounded to bf16.
@Suite struct NarrowGradientTests {
  typealias Size = MatrixProductTests.Size

  /// Rows, columns of `X`, outputs: odd numbers of rows, blocks of the reduction, tails of tiles.
  static let sizes: [Size] =
    [
      .init(0, 5, 7), .init(9, 0, 7), .init(9, 7, 0), .init(1, 1, 1), .init(2, 3, 5),
      .init(301, 33, 65), .init(515, 600, 4), .init(1037, 20, 30), .init(17, 40, 3),
      .init(64, 17, 25), .init(256, 96, 4),
    ] + (1...14).map { .init(2 * $0 + 1, $0 + 3, $0) } + (15...35).map { .init(3, $0, 20) }

  private func gradient(
    _ kernels: any KernelSet, _ dY: [Float], _ x: [Float], _ size: Size, splits: [Int] = [],
    old: [Float]? = nil
  ) throws -> [Float] {
    try (x + [0]).withUnsafeBufferPointer { x in
      kernels.weightGradient(
        dY, .matrix(try #require(x.baseAddress), leadingDimension: size.k), arithmetic: .narrowed,
        rowCount: size.m, outputCount: size.n, k: size.k, splits: splits, old: old)
    }
  }

  @Test(arguments: KernelSelection.available, sizes)
  func isThatOfRoundedNumbers(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let x = matrixValues(size.m * size.k, seed: 61)
    let dY = matrixValues(size.m * size.n, seed: 62)
    let old = matrixValues(size.n * size.k, seed: 63)
    let expected = MatrixReference.transposedProduct(
      dY.map(NarrowPanelTests.rounded), x.map(NarrowPanelTests.rounded), m: size.m, p: size.n,
      k: size.k)
    let tolerance = 2 * reductionTolerance(size.m)
    let whole = try gradient(kernels, dY, x, size)
    expectClose(whole, expected, absolute: tolerance, "overwriting")
    let added = try gradient(kernels, dY, x, size, old: old)
    expectClose(
      added, zip(expected, old).map { $0 + Double($1) }, absolute: tolerance, "accumulating")
    for splits in [[size.k / 2], Array(stride(from: 1, to: size.k, by: 1 + size.k / 40))] {
      #expect(try gradient(kernels, dY, x, size, splits: splits) == whole)
      #expect(try gradient(kernels, dY, x, size, splits: splits, old: old) == added)
    }
  }

  @Test(
    arguments: KernelSelection.available,
    [
      ConvolutionCase("3x3", batch: 3, 5, 7, channels: (19, 21)),
      ConvolutionCase("3x3 stride 2", batch: 3, 7, 9, channels: (70, 9), stride: 2),
      ConvolutionCase("several blocks", batch: 3, 17, 13, channels: (5, 13)),
    ])
  func patchesAreRows(set: InstructionSet, sample: ConvolutionCase) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let map = matrixValues(geometry.inputPixelCount * geometry.inputChannels, seed: 64)
    let dY = matrixValues(geometry.outputPixelCount * geometry.outputChannels, seed: 65)
    let patches = NarrowProductTests.patches(map, geometry)
    let size = Size(geometry.outputPixelCount, geometry.patchLength, geometry.outputChannels)
    let rows = try gradient(kernels, dY, patches, size)
    for splits in [[], [size.k / 3], [1, 2, 33]] {
      let convolution = try map.withUnsafeBufferPointer { map in
        kernels.weightGradient(
          dY, .patches(try #require(map.baseAddress), geometry), arithmetic: .narrowed,
          rowCount: size.m, outputCount: size.n, k: size.k, splits: splits)
      }
      #expect(convolution == rows)
    }
  }

  /// Neither the row that an odd one lacks nor another column takes part in a sum.
  @Test(arguments: KernelSelection.available)
  func whatIsNotFiniteShows(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let size = Size(7, 40, 20)
    for bad in [Float.nan, .infinity, -.infinity] {
      var x = matrixValues(size.m * size.k, seed: 66)
      let dY = matrixValues(size.m * size.n, seed: 67)
      x[6 * size.k + 33] = bad
      for (index, value) in try gradient(kernels, dY, x, size).enumerated() {
        #expect(value.isFinite == (index % size.k != 33))
      }
      var other = dY
      other[6 * size.n + 13] = bad
      x[6 * size.k + 33] = 1
      for (index, value) in try gradient(kernels, other, x, size).enumerated() {
        #expect(value.isFinite == (index / size.k != 13))
      }
    }
  }
}
