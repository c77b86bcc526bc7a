import CVectorIntrinsics
import KernelInterface

/// What turns a row's integer sums over one run of the reduction into floats.
struct RowFactor {
  var factor: Float
  /// To be taken from the sums first.
  var offset: Int32
}

extension TileArithmetic {
  /// Narrows `count` floats of a row to words; what is left of the last word is zero. May write up to
  /// a vector behind it.
  ///
  /// - Returns: what scales the sums; of meaning only when these are integers.
  @inline(__always)
  static func narrow(
    _ source: UnsafePointer<Float>, count: Int, into words: UnsafeMutablePointer<Float>
  ) -> RowFactor {
    if hasIntegerSums { return narrowToBytes(source, count: count, into: words) }
    narrowToBrainFloats(source, count: count, into: words)
    return RowFactor(factor: 1, offset: 0)
  }

  private static func narrowToBrainFloats(
    _ source: UnsafePointer<Float>, count: Int, into words: UnsafeMutablePointer<Float>
  ) {
    #if KERNELS_AVX512BF16
      for start in stride(from: 0, to: count, by: 2 * vectorWidth) {
        let later = start + vectorWidth
        store(
          roundedToBrainFloats(
            load(source, from: start, upTo: count), load(source, from: later, upTo: count)),
          words + start / 2)
      }
    #else
      for start in stride(from: 0, to: count, by: vectorWidth) {
        let bits = roundedToUpperHalf(load(source, from: start, upTo: count))
        storeLowerHalves(unsafeBitCast(bits &>> 16, to: Vector.self), words + start / 2)
      }
    #endif
  }

  private static func narrowToBytes(
    _ source: UnsafePointer<Float>, count: Int, into words: UnsafeMutablePointer<Float>
  ) -> RowFactor {
    var magnitudes = Magnitudes()
    for start in stride(from: 0, to: count, by: vectorWidth) {
      magnitudes.include(load(source, from: start, upTo: count))
    }
    let largest = laneMaximum(magnitudes.largest)
    let inverse = Vector(repeating: Magnitudes.inverseFactor(largest))
    var sums = IntegerVector.zero
    for start in stride(from: 0, to: count, by: vectorWidth) {
      let integers = nearestIntegers(load(source, from: start, upTo: count) * inverse)
      sums &+= integers
      let lanes = unsafeBitCast(integers, to: Vector.self)
      if stepsPerWord == 4 {
        storeLowestBytes(lanes, words + start / 4)
      } else {
        storeLowerHalves(lanes, words + start / 2)
      }
    }
    let offset = stepsPerWord == 4 ? Int32(PanelLayout.zeroByte) &* sums.wrappedSum() : 0
    return RowFactor(
      factor: Magnitudes.factor(largest) + laneSum(magnitudes.poison), offset: offset)
  }
}

/// Words of two numbers, rounded, the earlier ones from `first`.
@inline(__always)
func brainFloatPairs(_ first: Vector, _ second: Vector) -> Vector {
  #if KERNELS_AVX512BF16
    interleavedBrainFloats(first, second)
  #else
    pairedUpperHalves(first, second)
  #endif
}

/// `rowCount` rows, `stride` floats apart, to rows of words of two neighbours; zeros stand for the
/// neighbour that a last one may lack.
func pairRows(
  _ source: UnsafePointer<Float>, stride: Int, rowCount: Int, columnCount: Int,
  into destination: UnsafeMutablePointer<Float>, targetStride: Int
) {
  var row = source
  var target = destination
  for index in Swift.stride(from: 0, to: rowCount, by: 2) {
    let isPair = index &+ 1 < rowCount
    forEachVector(in: 0..<columnCount) {
      let next = isPair ? load(row + stride, $0) : .zero
      store(brainFloatPairs(load(row, $0), next), target, $0)
    }
    row += 2 &* stride
    target += targetStride
  }
}

/// The floats from `start` on, zeros from `end` on.
@inline(__always)
private func load(_ source: UnsafePointer<Float>, from start: Int, upTo end: Int) -> Vector {
  load(source, VectorSpan(offset: start, count: max(0, min(vectorWidth, end - start))))
}
