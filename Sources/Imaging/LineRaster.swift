/// The pixels of thin lines, chosen as OpenCV's 8-connected line does: clipped first, then walked
/// from left to right.
enum LineRaster {
  /// Calls `body` for every pixel of the line that lies in a raster of the given size.
  static func forEachPixel(
    from start: PixelPoint, to end: PixelPoint, width: Int, height: Int,
    _ body: (_ x: Int, _ y: Int) -> Void
  ) {
    var (first, last) = (start.limited, end.limited)
    guard clip(&first, &last, width: width, height: height) else { return }
    if last.x < first.x { swap(&first, &last) }
    let (dx, dy) = (last.x - first.x, abs(last.y - first.y))
    let down = last.y < first.y ? -1 : 1
    let isSteep = dy > dx
    let (long, short) = isSteep ? (dy, dx) : (dx, dy)
    var error = long - 2 * short
    var (x, y) = (first.x, first.y)
    for _ in 0...long {
      body(x, y)
      let steps = error < 0
      error += steps ? 2 * long - 2 * short : -2 * short
      if isSteep {
        y += down
        x += steps ? 1 : 0
      } else {
        x += 1
        y += steps ? down : 0
      }
    }
  }

  /// Cuts a line off at the raster's edges (Cohen and Sutherland), coordinates towards zero; false
  /// when nothing is left of it.
  static func clip(
    _ a: inout PixelPoint, _ b: inout PixelPoint, width: Int, height: Int
  ) -> Bool {
    let (right, bottom) = (width - 1, height - 1)
    func outsideX(_ point: PixelPoint) -> Int { point.x < 0 ? 1 : point.x > right ? 2 : 0 }
    func outsideY(_ point: PixelPoint) -> Int { point.y < 0 ? 4 : point.y > bottom ? 8 : 0 }
    var (codeA, codeB) = (outsideX(a) | outsideY(a), outsideX(b) | outsideY(b))
    guard codeA & codeB == 0, codeA | codeB != 0 else { return codeA | codeB == 0 }
    if codeA & 12 != 0 {
      let edge = codeA < 8 ? 0 : bottom
      a.x += Int(Double(edge - a.y) * Double(b.x - a.x) / Double(b.y - a.y))
      a.y = edge
      codeA = outsideX(a)
    }
    if codeB & 12 != 0 {
      let edge = codeB < 8 ? 0 : bottom
      b.x += Int(Double(edge - b.y) * Double(b.x - a.x) / Double(b.y - a.y))
      b.y = edge
      codeB = outsideX(b)
    }
    guard codeA & codeB == 0, codeA | codeB != 0 else { return codeA | codeB == 0 }
    if codeA != 0 {
      let edge = codeA == 1 ? 0 : right
      a.y += Int(Double(edge - a.x) * Double(b.y - a.y) / Double(b.x - a.x))
      a.x = edge
    }
    if codeB != 0 {
      let edge = codeB == 1 ? 0 : right
      b.y += Int(Double(edge - b.x) * Double(b.y - a.y) / Double(b.x - a.x))
      b.x = edge
    }
    return true
  }
}
