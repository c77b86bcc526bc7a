import COpenBLAS
import Platform

/// The nearest matrices with orthonormal rows or columns, roughly: all singular values are brought
/// near one, the singular vectors stay.
///
/// Five steps of the quintic iteration `X <- aX + b(XXᵀ)X + c(XXᵀ)²X`, whose coefficients are steep at
/// zero instead of exact at one: singular values end up in about 0.7 ... 1.2.
/// Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.
package enum Orthogonalization {
  package static let stepCount = 5
  /// `a`, `b`, `c`.
  package static let coefficients: (Float, Float, Float) = (3.4445, -4.7750, 2.0315)

  /// Every tensor is one matrix, of its leading axis times all others; each is computed by one
  /// thread, so results do not depend on the number of threads.
  ///
  /// - Parameter matrices: `[R, ...]`, of any size.
  /// - Returns: the same shapes; zeros stay zeros.
  package static func orthogonalized(_ matrices: [Tensor]) -> [Tensor] {
    let span = OperationProfile.begin("orthogonalization")
    defer { span.end() }
    OperationProfile.count(operations: matrices.reduce(0) { $0 + operationCount($1.shape) })
    openblas_set_num_threads(1)
    let results = matrices.map { Tensor(uninitialized: $0.shape) }
    // The largest first, so that no thread is left alone with one at the end.
    let order = matrices.indices.sorted {
      operationCount(matrices[$0].shape) > operationCount(matrices[$1].shape)
    }
    let scratch = ThreadScratch(
      count: matrices.map { scratchCount($0.shape) }.max() ?? 0, threads: Parallel.threadCount)
    Parallel.forEachPiece(order.count) { place in
      let index = order[place]
      scratch.withPart {
        orthogonalize(matrices[index], into: results[index].mutableBase, scratch: $0)
      }
    }
    return results
  }

  private static func sides(_ shape: Shape) -> (rows: Int, columns: Int) {
    let rows = shape.rank == 0 ? 1 : shape[0]
    return (rows, shape.count / max(rows, 1))
  }

  private static func operationCount(_ shape: Shape) -> Double {
    let (rows, columns) = sides(shape)
    let (short, long) = (Double(min(rows, columns)), Double(max(rows, columns)))
    return Double(stepCount) * (3 * short * short * long + 2 * short * short * short)
  }

  private static func scratchCount(_ shape: Shape) -> Int {
    let (rows, columns) = sides(shape)
    return shape.count + 2 * min(rows, columns) * min(rows, columns)
  }

  private static func orthogonalize(
    _ matrix: Tensor, into result: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let count = matrix.count
    let (rows, columns) = sides(matrix.shape)
    let norm = matrix.sumOfSquares().squareRoot()
    guard norm > 0 else { return result.update(repeating: 0, count: count) }
    let short = min(rows, columns)
    // An odd number of steps goes from the scratch to the result and back.
    var (x, y) = (result, scratch)
    if stepCount % 2 != 0 { swap(&x, &y) }
    let gram = scratch + count
    let polynomial = gram + short * short
    matrix.withFloats { source in
      for index in 0..<count { x[index] = Float(Double(source[index]) / norm) }
    }
    for _ in 0..<stepCount {
      step(from: x, to: y, rows: rows, columns: columns, gram: gram, polynomial: polynomial)
      swap(&x, &y)
    }
  }

  private static func step(
    from x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int,
    columns: Int, gram: UnsafeMutablePointer<Float>, polynomial: UnsafeMutablePointer<Float>
  ) {
    let (a, b, c) = coefficients
    let isWide = rows <= columns
    let side = min(rows, columns)
    let (m, n, s) = (Int32(rows), Int32(columns), Int32(side))
    // gram = X Xᵀ, or Xᵀ X for a tall matrix; only the upper triangle is computed.
    cblas_ssyrk(
      CblasRowMajor, CblasUpper, isWide ? CblasNoTrans : CblasTrans, s, Int32(max(rows, columns)),
      1, x, n, 0, gram, s)
    for row in 0..<side {
      for column in 0..<row { gram[row * side + column] = gram[column * side + row] }
    }
    // polynomial = b gram + c gram².
    polynomial.update(from: gram, count: side * side)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, s, s, s, c, gram, s, gram, s, b, polynomial, s)
    // Y = a X + polynomial X, or a X + X polynomial.
    y.update(from: x, count: rows * columns)
    if isWide {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, m, 1, polynomial, m, x, n, a, y, n)
    } else {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, n, 1, x, n, polynomial, n, a, y, n)
    }
  }
}
