import Platform

extension TorchCheckpoint {
  public func withBytes<R>(
    of entry: TorchCheckpointEntry, elements: Range<Int>,
    _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let width = entry.type.byteCount
    let begin = entry.byteRange.lowerBound
    if entry.isContiguous {
      return try body(
        UnsafeRawBufferPointer(
          rebasing: file.bytes[
            begin + elements.lowerBound * width..<begin + elements.upperBound * width]))
    }
    return try withUnsafeTemporaryAllocation(
      byteCount: elements.count * width, alignment: 8
    ) { gathered in
      var walk = StridedWalk(entry, from: elements.lowerBound)
      var filled = 0
      while filled < elements.count {
        let run = min(walk.runCount, elements.count - filled)
        gather(
          run, width: width, from: begin + walk.offset * width, step: walk.runStride * width,
          into: UnsafeMutableRawBufferPointer(
            rebasing: gathered[filled * width..<(filled + run) * width]))
        walk.advance(run)
        filled += run
      }
      return try body(UnsafeRawBufferPointer(gathered))
    }
  }

  /// Copies `count` elements of `width` bytes that lie `step` bytes apart.
  private func gather(
    _ count: Int, width: Int, from start: Int, step: Int,
    into destination: UnsafeMutableRawBufferPointer
  ) {
    if step == width {
      destination.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + count * width]))
      return
    }
    func copy<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
      for index in 0..<count {
        let element = file.bytes.loadUnaligned(
          fromByteOffset: start + index * step, as: Element.self)
        destination.storeBytes(of: element, toByteOffset: index * width, as: Element.self)
      }
    }
    switch width {
    case 1: copy(UInt8.self)
    case 2: copy(UInt16.self)
    case 4: copy(UInt32.self)
    default: copy(UInt64.self)
    }
  }
}

/// Steps through a tensor's elements, the last axis fastest, a run along the last axis at a time.
private struct StridedWalk {
  private let shape: [Int]
  private let strides: [Int]
  private var index: [Int]
  /// Of the current element, in elements from the tensor's first.
  private(set) var offset = 0

  /// - Precondition: the tensor has at least one axis and is not empty.
  init(_ entry: TorchCheckpointEntry, from element: Int) {
    shape = entry.shape
    strides = entry.strides
    index = [Int](repeating: 0, count: shape.count)
    var rest = element
    for axis in shape.indices.reversed() {
      index[axis] = rest % shape[axis]
      rest /= shape[axis]
      offset += index[axis] * strides[axis]
    }
  }

  private var last: Int { shape.count - 1 }

  /// Elements up to the end of the last axis.
  var runCount: Int { shape[last] - index[last] }
  /// From one of them to the next.
  var runStride: Int { strides[last] }

  /// - Precondition: `count` is at most ``runCount``.
  mutating func advance(_ count: Int) {
    index[last] += count
    offset += count * strides[last]
    var axis = last
    while index[axis] == shape[axis], axis > 0 {
      index[axis] = 0
      offset -= shape[axis] * strides[axis]
      axis -= 1
      index[axis] += 1
      offset += strides[axis]
    }
  }
}
