import Kernels

/// The definition of matrix products, in Double.
public enum MatrixReference {
  /// `[M, K] x [K, N]`.
  public static func product(_ a: [Float], _ b: [Float], m: Int, k: Int, n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: m * n)
    for row in 0..<m {
      for step in 0..<k {
        let factor = Double(a[row * k + step])
        for column in 0..<n { result[row * n + column] += factor * Double(b[step * n + column]) }
      }
    }
    return result
  }

  /// `aᵀ b` of `a [M, P]` and `b [M, K]`: `[P, K]`.
  public static func transposedProduct(
    _ a: [Float], _ b: [Float], m: Int, p: Int, k: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: p * k)
    for row in 0..<m {
      for output in 0..<p {
        let factor = Double(a[row * p + output])
        for column in 0..<k { result[output * k + column] += factor * Double(b[row * k + column]) }
      }
    }
    return result
  }

  /// `[C, R]` from `[R, C]`.
  public static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
    }
    return result
  }

  /// Column sums of `[M, N]`.
  public static func columnSums(_ values: [Float], m: Int, n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n)
    for row in 0..<m {
      for column in 0..<n { result[column] += Double(values[row * n + column]) }
    }
    return result
  }
}
