/// `target[c, r] = factor * source[r, c]` for `rowCount` rows and `columnCount` columns.
func transpose(
  _ source: UnsafePointer<Float>, rowStride: Int, rowCount: Int, columnCount: Int,
  factor: Float, to target: UnsafeMutablePointer<Float>, targetStride: Int
) {
  let factors = SIMD4<Float>(repeating: factor)
  var row = 0
  while row &+ 4 <= rowCount {
    let first = source + row &* rowStride
    var column = 0
    while column &+ 4 <= columnCount {
      let a = loadFour(first + column) * factors
      let b = loadFour(first + (rowStride &+ column)) * factors
      let c = loadFour(first + (2 &* rowStride &+ column)) * factors
      let d = loadFour(first + (3 &* rowStride &+ column)) * factors
      let corner = target + (column &* targetStride &+ row)
      storeFour(SIMD4(a[0], b[0], c[0], d[0]), corner)
      storeFour(SIMD4(a[1], b[1], c[1], d[1]), corner + targetStride)
      storeFour(SIMD4(a[2], b[2], c[2], d[2]), corner + 2 &* targetStride)
      storeFour(SIMD4(a[3], b[3], c[3], d[3]), corner + 3 &* targetStride)
      column &+= 4
    }
    while column < columnCount {
      let corner = target + (column &* targetStride &+ row)
      for lane in 0..<4 { corner[lane] = first[lane &* rowStride &+ column] * factor }
      column &+= 1
    }
    row &+= 4
  }
  while row < rowCount {
    let numbers = source + row &* rowStride
    for column in 0..<columnCount {
      target[column &* targetStride &+ row] = numbers[column] * factor
    }
    row &+= 1
  }
}

@inline(__always)
private func loadFour(_ pointer: UnsafePointer<Float>) -> SIMD4<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(__always)
private func storeFour(_ vector: SIMD4<Float>, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: SIMD4<Float>.self)
}
