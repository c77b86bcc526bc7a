/// The quintic iteration that makes a matrix orthogonal, in Double.
public enum OrthogonalizationReference {
  /// `[R, C]` after `stepCount` steps of `X <- aX + b(XXᵀ)X + c(XXᵀ)²X` from its normalised self.
  public static func orthogonalized(
    _ matrix: [Float], rows: Int, columns: Int, stepCount: Int,
    coefficients: (Float, Float, Float)
  ) -> [Double] {
    let norm = matrix.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard norm > 0 else { return matrix.map { _ in 0 } }
    var x = matrix.map { Double($0) / norm }
    for _ in 0..<stepCount {
      let once = gramProduct(x, x, rows: rows, columns: columns)
      let twice = gramProduct(x, once, rows: rows, columns: columns)
      for index in x.indices {
        x[index] =
          Double(coefficients.0) * x[index] + Double(coefficients.1) * once[index]
          + Double(coefficients.2) * twice[index]
      }
    }
    return x
  }

  /// `X Xᵀ Y`.
  private static func gramProduct(
    _ x: [Double], _ y: [Double], rows: Int, columns: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: x.count)
    for left in 0..<rows {
      for right in 0..<rows {
        var factor = 0.0
        for column in 0..<columns {
          factor += x[left * columns + column] * x[right * columns + column]
        }
        for column in 0..<columns {
          result[left * columns + column] += factor * y[right * columns + column]
        }
      }
    }
    return result
  }
}
