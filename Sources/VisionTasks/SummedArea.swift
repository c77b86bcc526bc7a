/// Sums over rectangles of a map in constant time.
struct SummedArea {
  private let width: Int
  private let height: Int
  private var sums: [Double]

  /// - Parameter values: `[height, width]`.
  init(_ values: [Float], width: Int, height: Int) {
    self.width = width
    self.height = height
    sums = [Double](repeating: 0, count: (width + 1) * (height + 1))
    update(values, fromRow: 0)
  }

  /// Takes `values`, which differ from those before only in row `first` and below.
  mutating func update(_ values: [Float], fromRow first: Int) {
    let stride = width + 1
    sums.withUnsafeMutableBufferPointer { sums in
      values.withUnsafeBufferPointer { values in
        for y in min(max(0, first), height)..<height {
          var row = 0.0
          for x in 0..<width {
            row += Double(values[y * width + x])
            sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row
          }
        }
      }
    }
  }

  /// The sum over columns `x0..<x1` and rows `y0..<y1`, as far as they exist.
  func sum(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) -> Double {
    let (left, right) = (max(0, x0), min(width, x1))
    let (top, bottom) = (max(0, y0), min(height, y1))
    guard left < right, top < bottom else { return 0 }
    let stride = width + 1
    return sums[bottom * stride + right] - sums[top * stride + right]
      - sums[bottom * stride + left] + sums[top * stride + left]
  }
}
