/// Copies `count` floats between buffers that don't overlap. Channel runs are short (9 to a few
/// hundred floats), where a call of `memcpy` costs more than the copy.
@inline(__always)
func copyFloats(
  _ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int
) {
  let width = Vector.scalarCount
  if count >= width {
    var index = 0
    while index + width <= count {
      store(load(source + index), destination + index)
      index += width
    }
    if index < count {
      store(load(source + (count - width)), destination + (count - width))
    }
    return
  }
  var index = 0
  if count & 8 != 0 {
    copyLanes(SIMD8<Float>.self, source, to: destination)
    index = 8
  }
  if count & 4 != 0 {
    copyLanes(SIMD4<Float>.self, source + index, to: destination + index)
    index += 4
  }
  if count & 2 != 0 {
    copyLanes(SIMD2<Float>.self, source + index, to: destination + index)
    index += 2
  }
  if count & 1 != 0 { destination[index] = source[index] }
}

@inline(__always)
private func copyLanes<Lanes: SIMD>(
  _: Lanes.Type, _ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>
) {
  UnsafeMutableRawPointer(destination).storeBytes(
    of: UnsafeRawPointer(source).loadUnaligned(as: Lanes.self), as: Lanes.self)
}

@inline(__always)
func zeroFloats(_ destination: UnsafeMutablePointer<Float>, count: Int) {
  var index = 0
  while index + Vector.scalarCount <= count {
    store(.zero, destination + index)
    index += Vector.scalarCount
  }
  while index < count {
    destination[index] = 0
    index += 1
  }
}
