/// Up to `vectorWidth` consecutive floats of a buffer.
struct VectorSpan {
  /// Where the floats begin.
  var offset: Int
  /// How many there are; less than `vectorWidth` only at the end of a range.
  var count: Int
}

/// Calls `body` for consecutive spans of `range`: whole vectors, then what is left.
///
/// A body that treats lanes alike gives every element the same result however a range is split.
@inline(__always)
func forEachVector(in range: Range<Int>, _ body: (VectorSpan) -> Void) {
  // One call of `body`, because the compiler inlines large closures only once.
  var offset = range.lowerBound
  while offset < range.upperBound {
    body(VectorSpan(offset: offset, count: min(vectorWidth, range.upperBound &- offset)))
    offset &+= vectorWidth
  }
}

/// The floats of `span`; lanes behind its end hold zero.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, _ span: VectorSpan) -> Vector {
  span.count == vectorWidth
    ? load(pointer + span.offset) : load(pointer + span.offset, count: span.count)
}

/// The floats of `span`; lanes behind its end hold zero.
@inline(__always)
func load(_ pointer: UnsafeMutablePointer<Float>, _ span: VectorSpan) -> Vector {
  load(UnsafePointer(pointer), span)
}

/// The floats of `span`; lanes behind its end hold `padding`.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, _ span: VectorSpan, padding: Float) -> Vector {
  span.count == vectorWidth
    ? load(pointer + span.offset)
    : load(pointer + span.offset, count: span.count, padding: padding)
}

/// Writes the lanes of `span`.
@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>, _ span: VectorSpan) {
  if span.count == vectorWidth {
    store(vector, pointer + span.offset)
  } else {
    store(vector, pointer + span.offset, count: span.count)
  }
}
