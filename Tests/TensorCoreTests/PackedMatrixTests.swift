import Kernels
import Platform
import TensorCore
import Testing

@Suite struct PackedMatrixTests {
  /// Narrow and wide last panels, one panel, many; and a row that is longer than a page.
  static let shapes: [Shape] = [
    [1, 1], [7, 5], [16, 3], [33, 40], [64, 9], [95, 128], [320, 17], [5, 3, 3, 4],
    [70, 3, 3, 33], [48, 1, 1, 1100],
  ]

  private static func packed(
    _ weight: Tensor, _ precision: WeightPrecision, _ work: inout WeightWork
  ) throws -> PackedMatrix {
    let rows = weight.shape[0]
    let length = weight.count / rows
    return try PackedMatrix(shape: weight.shape, precision: precision, work: &work) {
      range, target in
      #expect(range.lowerBound >= 0 && range.upperBound <= rows && !range.isEmpty)
      #expect(target.count == range.count * length)
      weight.withFloats { source in
        _ = target.update(
          fromContentsOf: source[range.lowerBound * length..<range.upperBound * length])
      }
    }
  }

  private static func product(_ matrix: PackedMatrix) -> [Float] {
    let shape = matrix.shape
    return if shape.rank == 2 {
      GradientTests.normal([6, shape[1]], 2).linear(.packed(matrix), bias: nil).floats
    } else {
      GradientTests.normal([1, 6, 6, shape[3]], 2)
        .convolution(.packed(matrix), bias: nil, padding: Padding(shape[1] / 2)).floats
    }
  }

  @Test(arguments: shapes, WeightPrecision.allCases)
  func rowsAreLaidOutLikeTheWhole(_ shape: Shape, _ precision: WeightPrecision) throws {
    let weight = GradientTests.normal(shape, 1)
    let whole = PackedMatrix(weight, precision: precision)
    var work = WeightWork()
    let matrix = try Self.packed(weight, precision, &work)
    #expect(matrix.shape == shape && matrix.byteCount == whole.byteCount)
    #expect(work.packedByteCount == whole.byteCount && work.parameterByteCount == 0)
    let bytesPerNumber =
      switch precision {
      case .fp32: 4
      case .bf16: 2
      case .int8: 1
      }
    #expect(work.byteCount >= bytesPerNumber * shape.count)
    #expect(Self.product(matrix) == Self.product(whole))
  }

  /// The last one goes through Winograd's domain, with kept weights; the one before with weights that
  /// are transformed at each use.
  @Test(
    arguments: shapes + [[64, 3, 3, 32], [640, 3, 3, 640]], [6, 16, 32])
  func narrowWeightsAreRoundedOnesToTheLastBit(_ shape: Shape, _ side: Int) throws {
    guard side == 6 || shape.rank == 4 else { return }
    let weight = GradientTests.normal(shape, 1)
    let rounded = Tensor(
      weight.floats.map {
        Float(bitPattern: ($0.bitPattern &+ 0x7fff &+ ($0.bitPattern >> 16 & 1)) & 0xffff_0000)
      },
      shape: shape)
    let narrow = PackedMatrix(weight, precision: .bf16)
    let plain = PackedMatrix(rounded)
    #expect(narrow.precision == .bf16 && narrow.byteCount <= plain.byteCount / 2 + 64 * shape[0])
    // Where the processor multiplies bf16, the other operand is rounded too.
    guard !kernels.prefersNarrowedProducts(.bf16) else {
      let pairs = zip(Self.product(narrow), Self.product(plain))
      let size = Float(shape.count / shape[0]).squareRoot()
      #expect(pairs.allSatisfy { abs($0 - $1) < 0.03 * size })
      return
    }
    guard shape.rank == 4 else { return #expect(Self.product(narrow) == Self.product(plain)) }
    let map = GradientTests.normal([2, side, side, shape[3]], 2)
    func convolution(_ matrix: PackedMatrix) -> [Float] {
      map.convolution(.packed(matrix), bias: nil, padding: Padding(shape[1] / 2)).floats
    }
    #expect(convolution(narrow) == convolution(plain))
    #expect(convolution(narrow) == convolution(plain), "the second time")
  }

  /// In both operands, each within half of 1/127 of its row's largest.
  @Test(arguments: [[320, 640], [64, 3, 3, 32], [64, 3, 3, 33]] as [Shape])
  func bytesComeCloseToTheProduct(_ shape: Shape) {
    let weight = GradientTests.normal(shape, 1)
    let exact = Self.product(PackedMatrix(weight))
    let matrix = PackedMatrix(weight, precision: .int8)
    #expect(matrix.byteCount <= shape.count + 128 * shape[0])
    let actual = Self.product(matrix)
    let error = zip(actual, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let sum = exact.reduce(0) { $0 + $1 * $1 }
    #expect(actual.count == exact.count && (error / sum).squareRoot() < 0.02)
    #expect(actual != exact)
  }

  @Test func theEarliestErrorIsThrown() {
    var work = WeightWork()
    let error = #expect(throws: ReportableError.self) {
      try PackedMatrix(shape: [640, 64], precision: .fp32, work: &work) { rows, _ in
        guard rows.contains(200) || rows.lowerBound > 500 else { return }
        throw ReportableError(.badData, "\(rows.contains(200))")
      }
    }
    #expect(error?.message == "true" && work == WeightWork())
  }
}
