import Kernels
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  struct Size: Sendable, CustomTestStringConvertible {
    var m: Int
    var k: Int
    var n: Int
    init(_ m: Int, _ k: Int, _ n: Int) { (self.m, self.k, self.n) = (m, k, n) }
    var testDescription: String { "\(m)x\(k)x\(n)" }
  }

  /// Nothing, single elements, every tail of the tiles, several blocks of the reduction.
  static let sizes: [Size] =
    [
      Size(0, 5, 7), Size(5, 0, 7), Size(5, 7, 0), Size(1, 1, 1), Size(1, 513, 3), Size(3, 17, 4),
      Size(97, 33, 65), Size(200, 27, 16), Size(130, 1040, 40), Size(12, 512, 32),
      Size(96, 511, 96), Size(77, 768, 320), Size(64, 1280, 640),
    ] + (1...14).map { Size($0, 19, 2 * $0 + 3) } + (15...35).map { Size(2 * $0, 3, $0) }

  @Test(arguments: KernelSelection.available, sizes)
  func equalsDefinition(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let a = matrixValues(size.m * size.k, seed: 1)
    let b = matrixValues(size.k * size.n, seed: 2)
    let expected = MatrixReference.product(a, b, m: size.m, k: size.k, n: size.n)
    let actual = try #require(
      kernels.product(a, b, m: size.m, k: size.k, n: size.n, gap: 3), "wrote between the rows")
    expectClose(actual, expected, absolute: reductionTolerance(size.k), "B as [K, N]")

    let transposed = MatrixReference.transposed(b, rows: size.k, columns: size.n)
    let again = kernels.product(
      a, transposed, m: size.m, k: size.k, n: size.n, isTransposed: true)
    #expect(again == actual, "B as [N, K]")
  }

  @Test(arguments: KernelSelection.available, [Size(101, 30, 45), Size(50, 1100, 20)])
  func readsColumnSlices(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let leadingDimension = size.k + 5
    let a = matrixValues(size.m * leadingDimension, seed: 3)
    let b = matrixValues(size.k * size.n, seed: 4)
    let dense = (0..<size.m).flatMap { row in
      a[row * leadingDimension + 2..<row * leadingDimension + 2 + size.k]
    }
    let packed = kernels.packedMatrix(b, k: size.k, n: size.n, isTransposed: false)
    let actual = a.withUnsafeBufferPointer { a in
      a.baseAddress.flatMap {
        kernels.product(
          .matrix($0 + 2, leadingDimension: leadingDimension), packed: packed, m: size.m,
          k: size.k, n: size.n)
      }
    }
    #expect(actual == kernels.product(dense, b, m: size.m, k: size.k, n: size.n))
  }

  @Test(
    arguments: KernelSelection.available,
    [Size(130, 40, 35), Size(61, 1100, 50), Size(7, 0, 9), Size(99, 70, 3), Size(40, 600, 7)])
  func fusesEpilogues(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (size.m, size.k, size.n)
    let a = matrixValues(m * k, seed: 5)
    let b = matrixValues(k * n, seed: 6)
    let old = matrixValues(m * n, seed: 7)
    let product = MatrixReference.product(a, b, m: m, k: k, n: n)
    for choice in 0..<16 {
      for activation in [Activation.none, .silu, .gelu, .quickGELU] {
        var epilogue = EpilogueReference()
        epilogue.activation = activation
        if choice & 1 != 0 { epilogue.bias = matrixValues(n, seed: 8) }
        if choice & 2 != 0 {
          epilogue.rowsPerSample = 17
          epilogue.perSample = matrixValues((m + 16) / 17 * n, seed: 9)
        }
        if choice & 4 != 0 { epilogue.residual = matrixValues(m * n, seed: 10) }
        epilogue.accumulates = choice & 8 != 0
        let actual = try #require(
          kernels.product(a, b, m: m, k: k, n: n, gap: 1, epilogue: epilogue, old: old))
        expectClose(
          actual, epilogue.apply(to: product, over: old, n: n),
          absolute: reductionTolerance(k) + 4e-6, relative: 4e-6,
          "choice \(choice), \(activation)")
        let split = kernels.product(
          a, b, m: m, k: k, n: n, splits: [m / 3, m / 2], gap: 1, epilogue: epilogue, old: old)
        #expect(split == actual, "choice \(choice), \(activation)")
      }
    }
  }

  @Test(
    arguments: KernelSelection.available,
    [Size(211, 29, 70), Size(130, 1600, 33), Size(150, 145, 4)])
  func doesNotDependOnTheSplit(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let a = matrixValues(size.m * size.k, seed: 11)
    let b = matrixValues(size.k * size.n, seed: 12)
    let whole = kernels.product(a, b, m: size.m, k: size.k, n: size.n)
    for splits in [[1, 2, 3], [13, 97, 98, 103], [0, 100, 100], Array(1..<size.m)] {
      #expect(whole == kernels.product(a, b, m: size.m, k: size.k, n: size.n, splits: splits))
    }
  }

  @Test(arguments: KernelSelection.available, [Size(40, 700, 135), Size(7, 0, 70)])
  func panelsMayBeComputedApart(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let a = matrixValues(size.m * size.k + 1, seed: 18)
    let b = matrixValues(size.k * size.n, seed: 19)
    var epilogue = EpilogueReference()
    epilogue.bias = matrixValues(size.n, seed: 20)
    for precision in WeightPrecision.allCases {
      var packed = kernels.packedMatrix(b, k: size.k, n: size.n, isTransposed: true)
      packed = kernels.narrowed(packed, k: size.k, n: size.n, to: precision)
      try a.withUnsafeBufferPointer { buffer in
        let left = LeftOperand.matrix(try #require(buffer.baseAddress), leadingDimension: size.k)
        func product(panelSplits: [Int]) -> [Float]? {
          kernels.product(
            left, packed: packed, precision: precision, m: size.m, k: size.k, n: size.n,
            panelSplits: panelSplits, gap: 1, epilogue: epilogue)
        }
        #expect(product(panelSplits: [1, 2]) == product(panelSplits: []), "\(precision)")
      }
    }
  }

  @Test(
    arguments: KernelSelection.available,
    [
      Size(0, 5, 7), Size(9, 0, 7), Size(9, 7, 0), Size(1, 1, 1), Size(300, 33, 65),
      Size(515, 600, 20), Size(70, 40, 3), Size(64, 17, 25), Size(257, 96, 4),
    ])
  func weightGradientEqualsDefinition(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let x = matrixValues(size.m * size.k + 1, seed: 13)
    let dY = matrixValues(size.m * size.n, seed: 14)
    let old = matrixValues(size.n * size.k, seed: 15)
    let expected = MatrixReference.transposedProduct(dY, x, m: size.m, p: size.n, k: size.k)
    x.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      func gradient(splits: [Int], old: [Float]?) -> [Float] {
        kernels.weightGradient(
          dY, .matrix(base, leadingDimension: size.k), rowCount: size.m, outputCount: size.n,
          k: size.k, splits: splits, old: old)
      }
      let whole = gradient(splits: [], old: nil)
      expectClose(whole, expected, absolute: reductionTolerance(size.m), "overwriting")
      let added = gradient(splits: [], old: old)
      expectClose(
        added, zip(expected, old).map { $0 + Double($1) }, absolute: reductionTolerance(size.m),
        "accumulating")
      for splits in [[size.k / 2], Array(0..<size.k)] {
        #expect(gradient(splits: splits, old: nil) == whole)
        #expect(gradient(splits: splits, old: old) == added)
      }
    }
  }

  @Test(arguments: KernelSelection.available, [Size(0, 1, 5), Size(700, 1, 37), Size(3, 1, 64)])
  func columnSumsEqualDefinition(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let x = matrixValues(size.m * size.n + 1, seed: 16)
    let old = matrixValues(size.n, seed: 17)
    let expected = MatrixReference.columnSums(x, m: size.m, n: size.n)
    func sums(splits: [Int], accumulates: Bool) -> [Float] {
      var sums = accumulates ? old : [Float](repeating: .nan, count: size.n)
      let bounds = [0] + splits + [size.n]
      sums.withUnsafeMutableBufferPointer { sums in
        x.withUnsafeBufferPointer { x in
          guard let target = sums.baseAddress, let source = x.baseAddress else { return }
          for (start, end) in zip(bounds, bounds.dropFirst()) {
            kernels.columnSums(
              columns: start..<end, of: source, leadingDimension: size.n, rowCount: size.m,
              into: target, accumulates: accumulates)
          }
        }
      }
      return sums
    }
    let whole = sums(splits: [], accumulates: false)
    expectClose(whole, expected, absolute: reductionTolerance(size.m))
    let added = sums(splits: [], accumulates: true)
    expectClose(
      added, zip(expected, old).map { $0 + Double($1) }, absolute: reductionTolerance(size.m))
    #expect(sums(splits: [1, 3], accumulates: false) == whole)
    #expect(sums(splits: Array(0..<size.n), accumulates: true) == added)
  }
}
