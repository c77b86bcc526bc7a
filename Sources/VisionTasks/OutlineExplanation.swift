/// A set of rectangles as an explanation of the strokes, with its worth.
///
/// Worth: paint within a pixel of some stroke counts for it, strokes where there is no paint count
/// against it, and so does every rectangle. Of two sets that explain the same, the smaller is worth
/// more.
struct OutlineExplanation {
  private(set) var rings: [OutlineRing] = []
  /// What the set is worth.
  private(set) var worth = 0.0
  private let map: OutlineMap
  /// What one rectangle costs; one without a hole costs twice as much.
  private let price: Double
  /// How many rings come within a pixel of each pixel.
  private var near: [Int32]
  /// How many rings' strokes cover each pixel.
  private var covering: [Int32]

  init(map: OutlineMap, minimumSide: Int) {
    self.map = map
    price = 0.5 * Double(map.stroke * minimumSide)
    near = [Int32](repeating: 0, count: map.width * map.height)
    covering = near
  }

  /// Adds `ring`; returns what that is worth.
  @discardableResult
  mutating func add(_ ring: OutlineRing) -> Double {
    var gain = -cost(of: ring)
    map.forEachPixel(of: ring, margin: 1) { index in
      if near[index] == 0 { gain += max(0, paint(index)) }
      near[index] += 1
    }
    map.forEachPixel(of: ring, margin: 0) { index in
      if covering[index] == 0 { gain += min(0, paint(index)) }
      covering[index] += 1
    }
    rings.append(ring)
    worth += gain
    return gain
  }

  /// Removes the ring at `position`; returns what that is worth.
  @discardableResult
  mutating func remove(at position: Int) -> Double {
    let ring = rings.remove(at: position)
    var gain = cost(of: ring)
    map.forEachPixel(of: ring, margin: 1) { index in
      near[index] -= 1
      if near[index] == 0 { gain -= max(0, paint(index)) }
    }
    map.forEachPixel(of: ring, margin: 0) { index in
      covering[index] -= 1
      if covering[index] == 0 { gain -= min(0, paint(index)) }
    }
    worth += gain
    return gain
  }

  /// What the removal of `ring`, one of the set, would be worth.
  private func worthOfRemoving(_ ring: OutlineRing) -> Double {
    var gain = cost(of: ring)
    map.forEachPixel(of: ring, margin: 1) { index in
      if near[index] == 1 { gain -= max(0, paint(index)) }
    }
    map.forEachPixel(of: ring, margin: 0) { index in
      if covering[index] == 1 { gain -= min(0, paint(index)) }
    }
    return gain
  }

  private func cost(of ring: OutlineRing) -> Double {
    ring.isBar(stroke: map.stroke) ? 2 * price : price
  }

  /// Positive where there is paint, negative where there is none.
  private func paint(_ index: Int) -> Double {
    Double(map.weighted[index] - 0.5 * map.confidence[index])
  }

  /// Removes what the others explain, the most redundant first.
  ///
  /// - Parameter suspects: the only ones that may go; nil for all.
  /// - Returns: what was removed, and what that is worth.
  @discardableResult
  mutating func removeRedundant(
    among suspects: [OutlineRing]? = nil
  ) -> (removed: [OutlineRing], worth: Double) {
    var removed: [OutlineRing] = []
    var total = 0.0
    while rings.count > 1 {
      var best = (position: -1, worth: 0.0)
      for (position, ring) in rings.enumerated() where suspects?.contains(ring) ?? true {
        var worth = worthOfRemoving(ring)
        if worth <= best.worth, uniqueShare(of: ring) < OutlineFinder.leastNovelty {
          worth = max(worth, 1e-6)
        }
        if worth > best.worth { best = (position, worth) }
      }
      if best.position < 0 { break }
      removed.append(rings[best.position])
      total += remove(at: best.position)
    }
    return (removed, total)
  }

  /// Tries each alternative in place of what it makes redundant, and keeps it where that is worth
  /// more.
  mutating func improve(with alternatives: [OutlineRing]) {
    for _ in 0..<2 {
      var hasChanged = false
      for ring in alternatives where !rings.contains(ring) {
        let suspects = rings.filter { ring.overlies($0, stroke: map.stroke) }
        if suspects.isEmpty { continue }
        let before = rings
        let gain = add(ring)
        let (removed, worth) = removeRedundant(among: suspects)
        if gain + worth > 0.25 * price {
          hasChanged = true
          continue
        }
        if let position = rings.firstIndex(of: ring) { remove(at: position) }
        for ring in removed { add(ring) }
        rings = before
      }
      if !hasChanged { return }
    }
  }

  /// The largest share of a side that only this ring, one of the set, covers.
  private func uniqueShare(of ring: OutlineRing) -> Double {
    var largest = 0.0
    for side in OutlineRing.Side.allCases {
      let area = ring.stroke(side, width: map.stroke)
      guard map.support(area) != nil else { continue }
      var unique = 0.0
      var seen = 0.0
      map.forEachPixel(of: area) { index in
        seen += Double(map.confidence[index])
        if near[index] == 1 { unique += Double(map.weighted[index]) }
      }
      if seen > 0 { largest = max(largest, unique / seen) }
    }
    return largest
  }
}

extension OutlineMap {
  /// Visits each pixel of the ring's stroke, `margin` wider on both sides, once.
  func forEachPixel(of ring: OutlineRing, margin: Int, _ body: (Int) -> Void) {
    let thickness = stroke + 2 * margin
    let (top, bottom) = (ring.top - margin, ring.bottom + margin)
    let (left, right) = (ring.left - margin, ring.right + margin)
    guard bottom - top > 2 * thickness, right - left > 2 * thickness else {
      forEachPixel(of: .init(x0: left, y0: top, x1: right, y1: bottom), body)
      return
    }
    let (innerTop, innerBottom) = (top + thickness, bottom - thickness)
    forEachPixel(of: .init(x0: left, y0: top, x1: right, y1: innerTop), body)
    forEachPixel(of: .init(x0: left, y0: innerBottom, x1: right, y1: bottom), body)
    forEachPixel(of: .init(x0: left, y0: innerTop, x1: left + thickness, y1: innerBottom), body)
    forEachPixel(of: .init(x0: right - thickness, y0: innerTop, x1: right, y1: innerBottom), body)
  }

  /// Visits each pixel of `area` that exists, once.
  func forEachPixel(of area: OutlineRing.Area, _ body: (Int) -> Void) {
    let (left, right) = (max(0, area.x0), min(width, area.x1))
    let (top, bottom) = (max(0, area.y0), min(height, area.y1))
    guard left < right, top < bottom else { return }
    for y in top..<bottom {
      for index in (y * width + left)..<(y * width + right) { body(index) }
    }
  }
}

extension OutlineRing {
  /// Half the perimeter, in pixels.
  var size: Double { Double(right - left + bottom - top) }

  /// Whether some side runs along a side of `other` for a good part of that one's length, so that
  /// one could do for the other.
  func overlies(_ other: OutlineRing, stroke: Int) -> Bool {
    func shared(_ a: ClosedRange<Int>, _ b: ClosedRange<Int>) -> Bool {
      let overlap = min(a.upperBound, b.upperBound) - max(a.lowerBound, b.lowerBound)
      return 3 * overlap >= b.upperBound - b.lowerBound
    }
    if shared(top...bottom, other.top...other.bottom) {
      for mine in [left, right - stroke] {
        for its in [other.left, other.right - stroke] where 2 * abs(mine - its) <= stroke {
          return true
        }
      }
    }
    if shared(left...right, other.left...other.right) {
      for mine in [top, bottom - stroke] {
        for its in [other.top, other.bottom - stroke] where 2 * abs(mine - its) <= stroke {
          return true
        }
      }
    }
    return false
  }

  /// By the edges, so that sets of rings can be put in an order of their own.
  static func precedes(_ a: OutlineRing, _ b: OutlineRing) -> Bool {
    (a.left, a.top, a.right, a.bottom) < (b.left, b.top, b.right, b.bottom)
  }
}
