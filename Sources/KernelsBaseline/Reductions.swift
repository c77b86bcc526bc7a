import KernelInterface

extension VectorKernels {
  /// `Σ x` and `Σ x²` of `range`, in Double.
  public func sums(_ range: Range<Int>, x: UnsafePointer<Float>) -> (sum: Double, squares: Double) {
    var sum = DoubleLanes.zero
    var squares = DoubleLanes.zero
    forEachEight(in: range) { offset, count in
      let values = loadDoubles(x + offset, upTo: count)
      sum += values
      squares += values * values
    }
    return (sum.sum(), squares.sum())
  }

  /// `Σ (a - b)²` of `range`, in Double.
  public func squaredDistance(
    _ range: Range<Int>, a: UnsafePointer<Float>, b: UnsafePointer<Float>
  ) -> Double {
    var sum = DoubleLanes.zero
    forEachEight(in: range) { offset, count in
      let difference =
        loadDoubles(a + offset, upTo: count) - loadDoubles(b + offset, upTo: count)
      sum += difference * difference
    }
    return sum.sum()
  }

  /// `Σ |a - b|` of `range`, in Double.
  public func absoluteDistance(
    _ range: Range<Int>, a: UnsafePointer<Float>, b: UnsafePointer<Float>
  ) -> Double {
    var sum = DoubleLanes.zero
    forEachEight(in: range) { offset, count in
      let difference =
        loadDoubles(a + offset, upTo: count) - loadDoubles(b + offset, upTo: count)
      sum += difference.replacing(with: -difference, where: difference .< DoubleLanes.zero)
    }
    return sum.sum()
  }
}
