import KernelInterface

extension VectorKernels {
  /// Row-wise softmax of `[M, C]`.
  public func softmax(
    rows: Range<Int>, channelCount: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let source = x + row &* channelCount
      let target = y + row &* channelCount
      var largest = Vector(repeating: -.infinity)
      forEachVector(in: 0..<channelCount) {
        largest = vectorMax(largest, load(source, $0, padding: -.infinity))
      }
      let maximum = Vector(repeating: laneMaximum(largest))
      var sums = Vector.zero
      forEachVector(in: 0..<channelCount) {
        let power = vectorExpOfNonpositive(load(source, $0, padding: -.infinity) - maximum)
        sums += power
        store(power, target, $0)
      }
      let factor = Vector(repeating: 1 / laneSum(sums))
      forEachVector(in: 0..<channelCount) { store(load(target, $0) * factor, target, $0) }
    }
  }

  /// `dx = y * (dy - Σ dy * y)` per row.
  public func softmaxGradient(
    rows: Range<Int>, channelCount: Int, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let start = row &* channelCount
      var products = Vector.zero
      forEachVector(in: start..<start &+ channelCount) {
        products = multiplyAdd(load(dy, $0), load(y, $0), products)
      }
      let total = Vector(repeating: laneSum(products))
      forEachVector(in: start..<start &+ channelCount) {
        store(load(y, $0) * (load(dy, $0) - total), dx, $0)
      }
    }
  }
}
