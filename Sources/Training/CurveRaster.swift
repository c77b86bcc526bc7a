import Imaging

/// Smooth lines: how much of each pixel a line covers, all its segments as one shape, so that
/// joints and overlaps are not painted twice.
struct CurveRaster {
  let width: Int
  let height: Int
  /// 0 to 1. `[height, width]`.
  private(set) var coverage: [Float]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    coverage = [Float](repeating: 0, count: width * height)
  }

  /// Adds a line through `points` (column and row, pixel centres at halves) with round ends; a
  /// single point becomes a dot.
  mutating func addLine(through points: [(x: Double, y: Double)], stroke: Double) {
    if let only = points.first, points.count == 1 { addSegment(only, only, stroke) }
    for (start, end) in zip(points, points.dropFirst()) { addSegment(start, end, stroke) }
  }

  private mutating func addSegment(
    _ start: (x: Double, y: Double), _ end: (x: Double, y: Double), _ stroke: Double
  ) {
    let reach = stroke / 2 + 0.5
    let slope = end.x - start.x == 0 ? 0 : (end.y - start.y) / (end.x - start.x)
    let (left, right) = (min(start.x, end.x), max(start.x, end.x))
    // Column by column, only the rows near the segment: long steep lines stay cheap.
    for x in columns(left - reach, right + reach) {
      let from = min(max(Double(x) - reach, left), right)
      let to = min(max(Double(x) + 1 + reach, left), right)
      let (first, second): (Double, Double) =
        end.x == start.x
        ? (start.y, end.y)
        : (start.y + (from - start.x) * slope, start.y + (to - start.x) * slope)
      for y in rows(min(first, second) - reach, max(first, second) + reach) {
        let distance = Self.distance(Double(x) + 0.5, Double(y) + 0.5, start, end)
        let covered = Float(min(max(reach - distance, 0), 1))
        let index = y * width + x
        if covered > coverage[index] { coverage[index] = covered }
      }
    }
  }

  private func columns(_ low: Double, _ high: Double) -> Range<Int> {
    Self.range(low, high, limit: width)
  }

  private func rows(_ low: Double, _ high: Double) -> Range<Int> {
    Self.range(low, high, limit: height)
  }

  private static func range(_ low: Double, _ high: Double, limit: Int) -> Range<Int> {
    let bound = Double(limit)
    let first = Int(min(max(low.rounded(.down), 0), bound))
    let end = Int(min(max(high.rounded(.up), 0), bound))
    return first..<max(first, end)
  }

  private static func distance(
    _ x: Double, _ y: Double, _ start: (x: Double, y: Double), _ end: (x: Double, y: Double)
  ) -> Double {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = dx * dx + dy * dy
    let along =
      length == 0 ? 0 : min(max(((x - start.x) * dx + (y - start.y) * dy) / length, 0), 1)
    let (ox, oy) = (x - start.x - along * dx, y - start.y - along * dy)
    return (ox * ox + oy * oy).squareRoot()
  }

  /// Mixes `color` into `image`, the raster's upper left pixel at `origin`.
  func blend(into image: inout Image, at origin: PixelPoint, color: Color, opacity: Double) {
    for y in 0..<height where (0..<image.height).contains(origin.y + y) {
      for x in 0..<width where (0..<image.width).contains(origin.x + x) {
        let amount = Double(coverage[y * width + x]) * opacity
        guard amount > 0 else { continue }
        let below = image[origin.x + x, origin.y + y]
        image[origin.x + x, origin.y + y] = Color(
          Self.mix(below.red, color.red, amount), Self.mix(below.green, color.green, amount),
          Self.mix(below.blue, color.blue, amount))
      }
    }
  }

  private static func mix(_ below: UInt8, _ above: UInt8, _ amount: Double) -> UInt8 {
    UInt8(((1 - amount) * Double(below) + amount * Double(above)).rounded())
  }
}
