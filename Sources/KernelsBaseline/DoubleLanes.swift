/// Eight sums in double precision, the same number on every instruction set, so that reductions
/// add in the same order everywhere.
typealias DoubleLanes = SIMD8<Double>

/// Eight floats from memory, widened.
@inline(__always)
func loadDoubles(_ pointer: UnsafePointer<Float>) -> DoubleLanes {
  let v = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
  return DoubleLanes(
    Double(v[0]), Double(v[1]), Double(v[2]), Double(v[3]),
    Double(v[4]), Double(v[5]), Double(v[6]), Double(v[7]))
}

/// The first `count < 8` floats from memory, widened, zeros behind them.
@inline(__always)
func loadDoubles(_ pointer: UnsafePointer<Float>, count: Int) -> DoubleLanes {
  var lanes = DoubleLanes.zero
  for lane in 0..<count { lanes[lane] = Double(pointer[lane]) }
  return lanes
}

/// Calls `body` with the offset and the number of floats of consecutive groups of eight.
@inline(__always)
func forEachEight(in range: Range<Int>, _ body: (_ offset: Int, _ count: Int) -> Void) {
  var offset = range.lowerBound
  while offset < range.upperBound {
    body(offset, min(8, range.upperBound &- offset))
    offset &+= 8
  }
}

/// Eight floats, or the first `count` of them with zeros behind.
@inline(__always)
func loadDoubles(_ pointer: UnsafePointer<Float>, upTo count: Int) -> DoubleLanes {
  count == 8 ? loadDoubles(pointer) : loadDoubles(pointer, count: count)
}
