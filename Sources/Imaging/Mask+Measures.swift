import Platform

extension Plane where Element == Bool {
  /// The number of set pixels.
  public var area: Int {
    elements.withUnsafeBufferPointer { $0.reduce(0) { $0 + ($1 ? 1 : 0) } }
  }

  /// The smallest box around the set pixels; nil when there is none.
  public var box: Box? {
    var (left, top, right, bottom) = (width, height, 0, 0)
    elements.withUnsafeBufferPointer { elements in
      for y in 0..<height {
        let row = elements[(y * width)..<((y + 1) * width)]
        guard let first = row.firstIndex(of: true), let last = row.lastIndex(of: true) else {
          continue
        }
        left = min(left, first - y * width)
        right = max(right, last - y * width + 1)
        top = min(top, y)
        bottom = y + 1
      }
    }
    guard right > 0 else { return nil }
    return Box(
      left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom))
  }

  /// The number of pixels set in both and in either.
  ///
  /// - Precondition: both have the same size.
  public func overlap(_ other: Mask) -> (intersection: Int, union: Int) {
    require(
      width == other.width && height == other.height,
      "masks of \(width)x\(height) and \(other.width)x\(other.height) pixels can't be compared")
    var (intersection, union) = (0, 0)
    elements.withUnsafeBufferPointer { left in
      other.elements.withUnsafeBufferPointer { right in
        for index in left.indices {
          intersection += left[index] && right[index] ? 1 : 0
          union += left[index] || right[index] ? 1 : 0
        }
      }
    }
    return (intersection, union)
  }

  /// The pixels set in either.
  ///
  /// - Precondition: both have the same size.
  public func union(_ other: Mask) -> Mask { combined(with: other) { $0 || $1 } }

  /// The pixels set in both.
  ///
  /// - Precondition: both have the same size.
  public func intersection(_ other: Mask) -> Mask { combined(with: other) { $0 && $1 } }

  /// The pixels set here but not in `other`.
  ///
  /// - Precondition: both have the same size.
  public func subtracting(_ other: Mask) -> Mask { combined(with: other) { $0 && !$1 } }

  private func combined(with other: Mask, _ operation: (Bool, Bool) -> Bool) -> Mask {
    require(
      width == other.width && height == other.height,
      "masks of \(width)x\(height) and \(other.width)x\(other.height) pixels can't be combined")
    return Mask(
      width: width, height: height,
      elements: zip(elements, other.elements).map { operation($0, $1) })
  }
}
