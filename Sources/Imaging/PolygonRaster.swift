/// Filled polygons with integer vertices, pixel for pixel those of OpenCV's `fillPoly`: the inside
/// by the even-odd rule over all outlines together, and the outlines themselves.
enum PolygonRaster {
  /// Calls `body` with stretches of pixels inside a raster of the given size; some pixels come more
  /// than once.
  static func forEachStretch(
    in polygons: [[PixelPoint]], width: Int, height: Int,
    _ body: (_ y: Int, _ columns: ClosedRange<Int>) -> Void
  ) {
    var edges: [Edge] = []
    for polygon in polygons {
      guard var previous = polygon.last?.limited else { continue }
      for vertex in polygon {
        let current = vertex.limited
        LineRaster.forEachPixel(from: previous, to: current, width: width, height: height) {
          body($1, $0...$0)
        }
        if let edge = Edge(previous, current, width: width, height: height) { edges.append(edge) }
        previous = current
      }
    }
    guard edges.count >= 2 else { return }
    edges.sort { $0.top < $1.top }
    var next = 0
    var active: [Edge] = []
    let last = min(edges.reduce(0) { max($0, $1.bottom) }, height)
    for y in max(edges[0].top, 0)..<max(last, max(edges[0].top, 0)) {
      active.removeAll { $0.bottom <= y }
      while next < edges.count, edges[next].top <= y {
        if edges[next].bottom > y { active.append(edges[next]) }
        next += 1
      }
      let crossings = active.map { $0.position(at: y) }.sorted()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        // Pixels whose coordinate lies between the two edges, the edges included.
        let first = max((crossings[pair] + Edge.one - 1) >> Edge.shift, 0)
        let last = min(crossings[pair + 1] >> Edge.shift, width - 1)
        if first <= last { body(y, first...last) }
      }
    }
  }

  /// A side that isn't horizontal; its x is reckoned with 16 bits behind the point.
  private struct Edge {
    static let shift = 16
    static let one = 1 << shift

    let top: Int
    /// Excluded.
    let bottom: Int
    private let x: Int
    private let slope: Int

    /// The slope is taken from what the raster's edges leave of the side, as its outline is drawn.
    init?(_ a: PixelPoint, _ b: PixelPoint, width: Int, height: Int) {
      guard a.y != b.y else { return nil }
      top = min(a.y, b.y)
      bottom = max(a.y, b.y)
      var (start, end) = (a, b)
      _ = LineRaster.clip(&start, &end, width: width, height: height)
      if start.y == end.y { (start.y, end.y) = (a.y, b.y) }
      slope = ((end.x - start.x) << Self.shift) / (end.y - start.y)
      let (upper, clippedUpper) = a.y < b.y ? (a, start) : (b, end)
      x = clippedUpper.x << Self.shift + (upper.y - clippedUpper.y) * slope
    }

    func position(at y: Int) -> Int { x + slope * (y - top) }
  }
}
