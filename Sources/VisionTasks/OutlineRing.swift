/// A rectangle of whole pixels, by its outer edges, with a stroke that grows inwards.
struct OutlineRing: Hashable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  /// Columns `x0..<x1`, rows `y0..<y1`.
  struct Area {
    var x0: Int
    var y0: Int
    var x1: Int
    var y1: Int
    var count: Int { max(0, x1 - x0) * max(0, y1 - y0) }
  }

  enum Side: CaseIterable { case left, top, right, bottom }

  /// The stroke of one side, corners included.
  func stroke(_ side: Side, width: Int) -> Area {
    switch side {
    case .left: Area(x0: left, y0: top, x1: left + width, y1: bottom)
    case .top: Area(x0: left, y0: top, x1: right, y1: top + width)
    case .right: Area(x0: right - width, y0: top, x1: right, y1: bottom)
    case .bottom: Area(x0: left, y0: bottom - width, x1: right, y1: bottom)
    }
  }

  /// The first and the last `length` pixels of one side's stroke inside a picture of
  /// `width` x `height`.
  func ends(_ side: Side, stroke: Int, length: Int, width: Int, height: Int) -> [Area] {
    let whole = self.stroke(side, width: stroke)
    var first = whole
    var second = whole
    switch side {
    case .left, .right:
      first.y1 = min(whole.y1, max(whole.y0, 0) + length)
      second.y0 = max(whole.y0, min(whole.y1, height) - length)
    case .top, .bottom:
      first.x1 = min(whole.x1, max(whole.x0, 0) + length)
      second.x0 = max(whole.x0, min(whole.x1, width) - length)
    }
    return [first, second]
  }

  /// The band of `depth` pixels just inside one side's stroke, empty when the ring is too small.
  func innerBand(_ side: Side, width: Int, depth: Int) -> Area {
    let inside = Area(
      x0: left + width, y0: top + width, x1: right - width, y1: bottom - width)
    var band = inside
    switch side {
    case .left: band.x1 = min(inside.x1, inside.x0 + depth)
    case .top: band.y1 = min(inside.y1, inside.y0 + depth)
    case .right: band.x0 = max(inside.x0, inside.x1 - depth)
    case .bottom: band.y0 = max(inside.y0, inside.y1 - depth)
    }
    return band
  }

  /// The band of `depth` pixels outside one side, a pixel away from it.
  func outerBand(_ side: Side, depth: Int) -> Area {
    switch side {
    case .left: Area(x0: left - 1 - depth, y0: top, x1: left - 1, y1: bottom)
    case .top: Area(x0: left, y0: top - 1 - depth, x1: right, y1: top - 1)
    case .right: Area(x0: right + 1, y0: top, x1: right + 1 + depth, y1: bottom)
    case .bottom: Area(x0: left, y0: bottom + 1, x1: right, y1: bottom + 1 + depth)
    }
  }

  /// Whether there is hardly a hole: such a ring is painted like a bar.
  func isBar(stroke: Int) -> Bool {
    min(right - left, bottom - top) <= 2 * stroke + 1
  }

  subscript(side: Side) -> Int {
    get {
      switch side {
      case .left: left
      case .top: top
      case .right: right
      case .bottom: bottom
      }
    }
    set {
      switch side {
      case .left: left = newValue
      case .top: top = newValue
      case .right: right = newValue
      case .bottom: bottom = newValue
      }
    }
  }
}
