/// A closed border between set and unset pixels, as the set pixels along it.
public struct Contour: Hashable, Sendable {
  /// Neighbouring pixels in the order of the walk: anticlockwise around a part (as seen on the
  /// screen), clockwise along a hole. Pixels of lines one pixel thin come twice.
  public let points: [PixelPoint]
  /// Whether this is the border of a hole, seen from the part around it.
  public let isHole: Bool

  /// The area of the polygon through the middles of its pixels (OpenCV's `contourArea`): smaller
  /// than the number of pixels, 0 for lines.
  public var area: Double {
    var doubled = 0
    for (index, point) in points.enumerated() {
      let next = points[(index + 1) % points.count]
      doubled += point.x * next.y - next.x * point.y
    }
    return Double(abs(doubled)) / 2
  }

  /// The length of the closed polygon.
  public var perimeter: Double {
    points.indices.reduce(0) { sum, index in
      let (a, b) = (points[index], points[(index + 1) % points.count])
      let (dx, dy) = (Double(a.x - b.x), Double(a.y - b.y))
      return sum + (dx * dx + dy * dy).squareRoot()
    }
  }

  /// The smallest box around its pixels.
  public var box: Box {
    let (columns, rows) = (points.map(\.x), points.map(\.y))
    return Box(
      left: Double(columns.min() ?? 0), top: Double(rows.min() ?? 0),
      right: Double((columns.max() ?? -1) + 1), bottom: Double((rows.max() ?? -1) + 1))
  }

  /// Without the points inside straight stretches (OpenCV's `CHAIN_APPROX_SIMPLE`).
  public var corners: [PixelPoint] {
    guard points.count > 2 else { return points }
    return points.indices.filter { index in
      let (point, next) = (points[index], points[(index + 1) % points.count])
      let last = points[(index + points.count - 1) % points.count]
      return (point.x - last.x, point.y - last.y) != (next.x - point.x, next.y - point.y)
    }.map { points[$0] }
  }

  /// A polygon with fewer vertices from which no point is further away than `tolerance` pixels
  /// (Ramer 1972, Douglas and Peucker 1973), begun at two points far from each other.
  public func simplified(tolerance: Double) -> [PixelPoint] {
    guard points.count > 3 else { return points }
    let start = 0
    let opposite = farthest(from: points[start])
    var keeps = [Bool](repeating: false, count: points.count + 1)
    keeps[start] = true
    keeps[opposite] = true
    var pending = [(start, opposite), (opposite, points.count)]
    while let (first, last) = pending.popLast() {
      guard last - first > 1 else { continue }
      let (a, b) = (points[first], points[last % points.count])
      var (worst, worstDistance) = (first, tolerance)
      for index in (first + 1)..<last {
        let distance = Self.distance(of: points[index], fromLine: a, b)
        if distance > worstDistance { (worst, worstDistance) = (index, distance) }
      }
      if worst != first {
        keeps[worst] = true
        pending += [(first, worst), (worst, last)]
      }
    }
    return points.indices.filter { keeps[$0] }.map { points[$0] }
  }

  private func farthest(from origin: PixelPoint) -> Int {
    points.indices.max { one, other in
      squaredDistance(points[one], origin) < squaredDistance(points[other], origin)
    } ?? 0
  }

  private func squaredDistance(_ a: PixelPoint, _ b: PixelPoint) -> Int {
    (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)
  }

  private static func distance(
    of point: PixelPoint, fromLine a: PixelPoint, _ b: PixelPoint
  ) -> Double {
    let (dx, dy) = (Double(b.x - a.x), Double(b.y - a.y))
    let (px, py) = (Double(point.x - a.x), Double(point.y - a.y))
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 0 else { return (px * px + py * py).squareRoot() }
    return abs(px * dy - py * dx) / length
  }
}
