/// An axis-aligned box in pixel coordinates: the left edge of the first pixel is 0, the right edge
/// of the last one is the width.
public struct Box: Hashable, Sendable, Codable {
  public var left: Double
  public var top: Double
  public var right: Double
  public var bottom: Double

  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  @inlinable public var width: Double { max(0, right - left) }
  @inlinable public var height: Double { max(0, bottom - top) }
  @inlinable public var area: Double { width * height }

  /// Intersection over union, with continuous widths; 0 for two empty boxes.
  public func intersectionOverUnion(_ other: Box) -> Double {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    guard width > 0, height > 0 else { return 0 }
    let intersection = width * height
    return intersection / (area + other.area - intersection)
  }
}
