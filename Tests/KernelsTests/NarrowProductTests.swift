import Kernels
import TestSupport
import Testing

/// Products whose both operands are narrow.
@Suite struct NarrowProductTests {
  typealias Size = MatrixProductTests.Size

  static let sizes: [Size] =
    [
      .init(5, 0, 7), .init(5, 7, 0), .init(1, 1, 1), .init(3, 17, 4), .init(97, 33, 65),
      .init(200, 27, 16), .init(130, 2081, 40), .init(12, 512, 32), .init(77, 768, 320),
      .init(9, 4097, 20),
    ] + (1...9).map { .init($0, 2 * $0 + 1, 2 * $0 + 3) } + (15...35).map { .init(20, 3, $0) }

  @Test(arguments: KernelSelection.available, sizes)
  func brainFloatProductsAreThoseOfRoundedNumbers(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (size.m, size.k, size.n)
    let a = matrixValues(m * k + 1, seed: 41)
    let b = matrixValues(k * n, seed: 42)
    var columns = [Float](repeating: 0, count: k * n)
    for step in 0..<k {
      for column in 0..<n {
        columns[step * n + column] = NarrowPanelTests.rounded(b[column * k + step])
      }
    }
    let reference = MatrixReference.product(
      a.map(NarrowPanelTests.rounded), columns, m: m, k: k, n: n)
    let actual = try #require(try kernels.narrowProduct(a, b, .bf16, m: m, k: k, n: n))
    #expect(actual.count == m * n)
    for (value, expected) in zip(actual, reference) {
      #expect(abs(Double(value) - expected) <= 2 * reductionTolerance(k))
    }
  }

  /// Rows that have 127 in every run and columns that have it somewhere are their own integers.
  @Test(arguments: KernelSelection.available, sizes)
  func productsOfIntegersAreExact(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (size.m, size.k, size.n)
    var a = matrixValues(m * k + 1, seed: 43).map { ($0 * 127).rounded() }
    var b = matrixValues(k * n, seed: 44).map { ($0 * 127).rounded() }
    for row in 0..<m {
      for step in stride(from: 0, to: k, by: 16) { a[row * k + step] = row % 2 == 0 ? 127 : -127 }
    }
    if k > 0 {
      for column in 0..<n { b[column * k + column % k] = column % 3 == 0 ? -127 : 127 }
    }
    let actual = try #require(try kernels.narrowProduct(a, b, .int8, m: m, k: k, n: n))
    for row in 0..<m {
      for column in 0..<n {
        var sum = 0
        for step in 0..<k { sum += Int(a[row * k + step]) * Int(b[column * k + step]) }
        let isExact = abs(sum) < 1 << 24
        let value = actual[row * n + column]
        #expect(isExact ? value == Float(sum) : abs(value - Float(sum)) <= Float(abs(sum)) * 1e-6)
      }
    }
  }

  /// Each number of the left operand is off by half a unit of its row at most.
  @Test(arguments: KernelSelection.available, sizes)
  func byteProductsStayWithinTheirRounding(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (size.m, size.k, size.n)
    let a = matrixValues(m * k + 1, seed: 45)
    let b = matrixValues(k * n, seed: 46)
    let weights = Self.byteWeights(b, k: k, n: n)
    let actual = try #require(try kernels.narrowProduct(a, b, .int8, m: m, k: k, n: n))
    var squares = (error: 0.0, sum: 0.0)
    for row in 0..<m {
      let largest = (0..<k).reduce(Float(0)) { max($0, abs(a[row * k + $1])) }
      for column in 0..<n {
        var sum = 0.0
        var bound = reductionTolerance(k)
        for step in 0..<k {
          let weight = Double(weights[column * k + step])
          sum += Double(a[row * k + step]) * weight
          bound += abs(weight) * Double(largest) / 254 * 1.0001
        }
        let error = Double(actual[row * n + column]) - sum
        #expect(abs(error) <= bound)
        squares.error += error * error
        squares.sum += sum * sum
      }
    }
    // Of many numbers in [-1, 1) the errors are 1/127/sqrt(12) beside 1/sqrt(3).
    if k > 500 { #expect((squares.error / squares.sum).squareRoot() < 0.006) }
  }

  /// `[N, K]` rounded to multiples of a column's largest magnitude over 127, as floats.
  private static func byteWeights(_ b: [Float], k: Int, n: Int) -> [Float] {
    var result = b
    for column in 0..<n {
      let range = column * k..<(column + 1) * k
      let largest = range.reduce(Float(0)) { max($0, abs(b[$1])) }
      guard largest > 0 else { continue }
      for index in range {
        result[index] = (b[index] * (127 / largest)).rounded(.toNearestOrEven) * (largest / 127)
      }
    }
    return result
  }

  @Test(arguments: KernelSelection.available, sizes)
  func panelsHoldColumnsTimesAFactor(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    let (k, n) = (size.k, size.n)
    let b = matrixValues(k * n, seed: 47)
    let plain = kernels.packedMatrix(b, k: k, n: n, isTransposed: true)
    let narrow = kernels.narrowed(plain, k: k, n: n, to: .int8)
    #expect(narrow.count <= plain.count / 4 + 2 * (n + 2 * kernels.panelWidth))
    let expected = kernels.packedMatrix(
      Self.byteWeights(b, k: k, n: n), k: k, n: n, isTransposed: true)
    #expect(kernels.widened(narrow, k: k, n: n, from: .int8) == expected)
  }

  @Test(arguments: KernelSelection.available, [WeightPrecision.bf16, .int8])
  func doNotDependOnTheSplit(set: InstructionSet, precision: WeightPrecision) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (211, 2700, 70)
    let a = matrixValues(m * k, seed: 48)
    let b = matrixValues(k * n, seed: 49)
    var epilogue = EpilogueReference()
    epilogue.bias = matrixValues(n, seed: 50)
    epilogue.residual = matrixValues(m * n, seed: 51)
    epilogue.activation = .silu
    func product(_ splits: [Int], _ panelSplits: [Int]) throws -> [Float]? {
      try kernels.narrowProduct(
        a, b, precision, m: m, k: k, n: n, splits: splits, panelSplits: panelSplits,
        epilogue: epilogue)
    }
    let whole = try #require(try product([], []))
    #expect(try product([13, 97, 98, 103], []) == whole)
    #expect(try product([50], [1, 2]) == whole)
    #expect(try product([0, 192], [2]) == whole)
  }

  @Test(arguments: KernelSelection.available, [WeightPrecision.bf16, .int8])
  func patchesAreRows(set: InstructionSet, precision: WeightPrecision) throws {
    let kernels = try #require(set.kernels)
    for (channels, stride) in [(7, 1), (96, 2), (320, 1)] {
      let geometry = ConvolutionGeometry(
        batch: 2, inputHeight: 7, inputWidth: 6, inputChannels: channels,
        outputHeight: (7 - 1) / stride + 1, outputWidth: (6 - 1) / stride + 1, outputChannels: 37,
        kernelHeight: 3, kernelWidth: 3, stride: stride, paddingTop: 1, paddingLeft: 1)
      let (m, k, n) = (geometry.outputPixelCount, geometry.patchLength, geometry.outputChannels)
      let map = matrixValues(geometry.inputPixelCount * channels, seed: 52)
      let b = matrixValues(k * n, seed: 53)
      let patches = Self.patches(map, geometry)
      let rows = try kernels.narrowProduct(patches, b, precision, m: m, k: k, n: n)
      let packed = kernels.narrowedMatrix(b, precision, k: k, n: n)
      let convolution = try map.withUnsafeBufferPointer { map in
        kernels.product(
          .patches(try #require(map.baseAddress), geometry), packed: packed, precision: precision,
          arithmetic: .narrowed, m: m, k: k, n: n)
      }
      #expect(convolution != nil && convolution == rows)
    }
  }

  static func patches(_ map: [Float], _ geometry: ConvolutionGeometry) -> [Float] {
    var result: [Float] = []
    for sample in 0..<geometry.batch {
      for y in 0..<geometry.outputHeight {
        for x in 0..<geometry.outputWidth {
          for tap in 0..<9 {
            let line = y * geometry.stride + tap / 3 - 1
            let column = x * geometry.stride + tap % 3 - 1
            let isInside =
              (0..<geometry.inputHeight).contains(line)
              && (0..<geometry.inputWidth).contains(column)
            let pixel = (sample * geometry.inputHeight + line) * geometry.inputWidth + column
            for channel in 0..<geometry.inputChannels {
              result.append(isInside ? map[pixel * geometry.inputChannels + channel] : 0)
            }
          }
        }
      }
    }
    return result
  }

  @Test(
    arguments: KernelSelection.available, [WeightPrecision.bf16, .int8])
  func whatIsNotFiniteShows(set: InstructionSet, precision: WeightPrecision) throws {
    let kernels = try #require(set.kernels)
    let (m, k, n) = (6, 40, 20)
    for bad in [Float.nan, .infinity, -.infinity] {
      var a = matrixValues(m * k, seed: 54)
      let b = matrixValues(k * n, seed: 55)
      a[2 * k + 33] = bad
      let actual = try #require(
        try kernels.narrowProduct(a, b, precision, m: m, k: k, n: n))
      for row in 0..<m {
        for value in actual[row * n..<(row + 1) * n] { #expect(value.isFinite == (row != 2)) }
      }
      var weights = b
      weights[7 * k + 5] = bad
      let other = try #require(
        try kernels.narrowProduct(
          matrixValues(m * k, seed: 54), weights, precision, m: m, k: k, n: n))
      for (index, value) in other.enumerated() { #expect(value.isFinite == (index % n != 7)) }
    }
  }

  /// Numbers whose products vanish among the floats are zeros.
  @Test(arguments: KernelSelection.available)
  func tinyRowsAreZeros(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let tiny = [Float](repeating: .leastNonzeroMagnitude, count: 32)
    let a = tiny + [Float](repeating: 1, count: 32)
    let b = tiny + [Float](repeating: 2, count: 32)
    #expect(try kernels.narrowProduct(a, b, .int8, m: 2, k: 32, n: 2) == [0, 0, 0, 64])
  }
}

extension MatrixKernels {
  func narrowedMatrix(_ b: [Float], _ precision: WeightPrecision, k: Int, n: Int) -> [Float] {
    narrowed(packedMatrix(b, k: k, n: n, isTransposed: true), k: k, n: n, to: precision)
  }

  /// `[M, N]` of `A [M, K]` and the weights `[N, K]`, both narrowed.
  func narrowProduct(
    _ a: [Float], _ b: [Float], _ precision: WeightPrecision, m: Int, k: Int, n: Int,
    splits: [Int] = [], panelSplits: [Int] = [], epilogue: EpilogueReference = .init()
  ) throws -> [Float]? {
    let packed = narrowedMatrix(b, precision, k: k, n: n)
    return try (a + [0]).withUnsafeBufferPointer { a in
      product(
        .matrix(try #require(a.baseAddress), leadingDimension: k), packed: packed,
        precision: precision, arithmetic: .narrowed, m: m, k: k, n: n, splits: splits,
        panelSplits: panelSplits, epilogue: epilogue)
    }
  }
}
