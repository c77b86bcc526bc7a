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

  private static func packed(_ weight: Tensor, _ work: inout WeightWork) throws -> PackedMatrix {
    let rows = weight.shape[0]
    let length = weight.count / rows
    return try PackedMatrix(shape: weight.shape, work: &work) { range, target in
      #expect(range.lowerBound >= 0 && range.upperBound <= rows && !range.isEmpty)
      #expect(target.count == range.count * length)
      weight.withFloats { source in
        _ = target.update(
          fromContentsOf: source[range.lowerBound * length..<range.upperBound * length])
      }
    }
  }

  @Test(arguments: shapes) func rowsAreLaidOutLikeTheWhole(_ shape: Shape) throws {
    let weight = GradientTests.normal(shape, 1)
    let whole = PackedMatrix(weight)
    var work = WeightWork()
    let matrix = try Self.packed(weight, &work)
    #expect(matrix.shape == shape && matrix.byteCount == whole.byteCount)
    #expect(work.packedByteCount == whole.byteCount && work.parameterByteCount == 0)
    #expect(work.byteCount >= 4 * shape.count)
    func product(_ matrix: PackedMatrix) -> [Float] {
      if shape.rank == 2 {
        GradientTests.normal([6, shape[1]], 2).linear(.packed(matrix), bias: nil).floats
      } else {
        GradientTests.normal([1, 6, 6, shape[3]], 2)
          .convolution(.packed(matrix), bias: nil, padding: Padding(shape[1] / 2)).floats
      }
    }
    #expect(product(matrix) == product(whole))
  }

  @Test func theEarliestErrorIsThrown() {
    var work = WeightWork()
    let error = #expect(throws: ReportableError.self) {
      try PackedMatrix(shape: [640, 64], work: &work) { rows, _ in
        guard rows.contains(200) || rows.lowerBound > 500 else { return }
        throw ReportableError(.badData, "\(rows.contains(200))")
      }
    }
    #expect(error?.message == "true" && work == WeightWork())
  }
}
