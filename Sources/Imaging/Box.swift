/// An axis-aligned box in pixel coordinates: the left edge of the first pixel is 0, the right edge
/// of the last one is the width.
public struct Box: Hashable, Sendable, Codable {
  /// The x coordinate of the left edge.
  public var left: Double
  /// The y coordinate of the upper edge.
  public var top: Double
  /// The x coordinate of the right edge, outside the box.
  public var right: Double
  /// The y coordinate of the lower edge, outside the box.
  public var bottom: Double

  /// The box between these edges.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The distance of its left and right edges, 0 when they are exchanged.
  @inlinable public var width: Double { max(0, right - left) }
  /// The distance of its upper and lower edges, 0 when they are exchanged.
  @inlinable public var height: Double { max(0, bottom - top) }
  /// Width times height.
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
