import TensorCore
import TestSupport
import Testing

@Suite struct OrthogonalizationTests {
  private static func matrix(_ shape: Shape, _ seed: UInt64, scale: Float = 1) -> Tensor {
    var stream = RandomStream(seed: seed)
    return Tensor.normal(shape, using: &stream) * scale
  }

  static let shapes: [Shape] = [
    [1, 1], [1, 7], [7, 1], [3, 5], [5, 3], [17, 17], [8, 3, 3, 20], [70, 3, 3, 5], [33, 64],
    [5], [0, 4], [4, 0],
  ]

  @Test func followsTheDefinition() {
    let matrices = Self.shapes.enumerated().map { Self.matrix($1, UInt64($0)) }
    let results = Orthogonalization.orthogonalized(matrices)
    #expect(results.count == matrices.count)
    for (matrix, result) in zip(matrices, results) {
      #expect(result.shape == matrix.shape)
      let rows = matrix.shape[0]
      let expected = OrthogonalizationReference.orthogonalized(
        matrix.floats, rows: rows, columns: matrix.count / max(rows, 1),
        stepCount: Orthogonalization.stepCount, coefficients: Orthogonalization.coefficients)
      // Each step multiplies rounding by up to its steepest slope, 3.4; the elements are below 1.3.
      expectClose(result.floats, expected, absolute: 2e-4, "\(matrix.shape)")
    }
  }

  @Test func singularValuesComeNearOne() {
    // A spectrum from 1 down to 1/12: the long axes keep their direction, the short ones catch up.
    for shape in [[24, 100], [100, 24]] as [Shape] {
      var matrix = Self.matrix(shape, 3)
      matrix.withMutableFloats { values in
        for row in 0..<shape[0] {
          for column in 0..<shape[1] {
            values[row * shape[1] + column] /= Float(1 + min(row, column) % 12)
          }
        }
      }
      let (rows, columns) = (shape[0], shape[1])
      let result = Orthogonalization.orthogonalized([matrix])[0].floats
      var stream = RandomStream(seed: 4)
      for _ in 0..<20 {
        // The length of a random combination of the orthonormal side's vectors.
        let weights = (0..<min(rows, columns)).map { _ in stream.normal() }
        let length = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        var image = [Double](repeating: 0, count: max(rows, columns))
        for row in 0..<rows {
          for column in 0..<columns {
            let value = Double(result[row * columns + column])
            if rows <= columns {
              image[column] += weights[row] * value
            } else {
              image[row] += weights[column] * value
            }
          }
        }
        let ratio = image.reduce(0) { $0 + $1 * $1 }.squareRoot() / length
        #expect((0.6...1.3).contains(ratio))
      }
    }
  }

  @Test func sizeDoesNotMatterAndZerosStay() {
    let small = Self.matrix([9, 14], 5)
    let results = Orthogonalization.orthogonalized([small, small * 4096, small * 0])
    #expect(results[1].floats == results[0].floats)
    #expect(results[2].floats.allSatisfy { $0 == 0 })
    #expect(Orthogonalization.orthogonalized([]).isEmpty)
  }

  @Test func threadsChangeNothing() {
    let matrices = (0..<9).map { Self.matrix([40, 30 + $0], UInt64($0)) }
    let both = Orthogonalization.orthogonalized(matrices).map(\.floats)
    defer { Parallel.configure(threads: Parallel.availableThreadCount) }
    Parallel.configure(threads: 1)
    #expect(Orthogonalization.orthogonalized(matrices).map(\.floats) == both)
  }
}
