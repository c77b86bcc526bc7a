/// Reads boxes that stand side by side between the same two lines.
///
/// Where they touch, the outlines make a ladder, and several sets of as many rectangles explain it:
/// any rung may be the first or the last side of any box. But a rung that ends one box and begins
/// the next has the paint of two strokes; where all inner rungs do, the boxes are those between them.
struct OutlineLadders {
  let map: OutlineMap
  let minimumSide: Int

  /// How much more paint a double rung has than a single one.
  private static let doubled = 1.5...2.6
  /// How far beside a stroke its paint is looked for, in pixels.
  private static let margin = 2

  func resolved(_ rings: [OutlineRing]) -> [OutlineRing] {
    var rings = rings
    for axis in [OutlineRing.Axis.across, .down] {
      var rest = rings
      rings = []
      while let ring = rest.popLast() {
        var group = [ring]
        var next = 0
        while next < group.count {
          let member = group[next]
          next += 1
          group += rest.filter { member.overlaps($0, along: axis, stroke: map.stroke) }
          rest.removeAll { member.overlaps($0, along: axis, stroke: map.stroke) }
        }
        rings += group.count > 1 ? row(group, along: axis) ?? group : group
      }
    }
    return rings
  }

  /// The boxes between the rungs of `group`; nil where not all inner rungs are double.
  private func row(_ group: [OutlineRing], along axis: OutlineRing.Axis) -> [OutlineRing]? {
    guard let start = group.map({ $0[axis.first] }).min(),
      let end = group.map({ $0[axis.second] }).max(), var box = group.first
    else { return nil }
    box[axis.first] = start
    box[axis.second] = end
    let stroke = map.stroke
    let inner = group.flatMap { [$0[axis.first], $0[axis.second] - stroke] }.sorted()
      .filter { $0 >= start + stroke && $0 + 2 * stroke <= end }
    var rungs: [Range<Int>] = []
    for position in inner {
      if let last = rungs.last, position - last.upperBound <= stroke / 2 + 1 {
        rungs[rungs.count - 1] = last.lowerBound..<(position + stroke)
      } else {
        rungs.append(position..<(position + stroke))
      }
    }
    guard !rungs.isEmpty, let first = paint(at: start..<(start + stroke), of: box, along: axis),
      let last = paint(at: (end - stroke)..<end, of: box, along: axis)
    else { return nil }
    let single = (first.amount + last.amount) / 2
    var row: [OutlineRing] = []
    for rung in rungs {
      guard single > 0, let paint = paint(at: rung, of: box, along: axis),
        Self.doubled.contains(paint.amount / single)
      else { return nil }
      var part = box
      part[axis.second] = paint.middle
      box[axis.first] = paint.middle
      row.append(part)
    }
    row.append(box)
    return row.allSatisfy { $0[axis.second] - $0[axis.first] >= minimumSide } ? row : nil
  }

  /// How much paint lies at and beside `rung`, between the two long lines of `box`, and where its
  /// middle is; nil where none is to be seen.
  private func paint(
    at rung: Range<Int>, of box: OutlineRing, along axis: OutlineRing.Axis
  ) -> (amount: Double, middle: Int)? {
    var strip = OutlineRing.Area(
      x0: box.left + map.stroke, y0: box.top + map.stroke, x1: box.right - map.stroke,
      y1: box.bottom - map.stroke)
    var amount = 0.0
    var moment = 0.0
    for position in (rung.lowerBound - Self.margin)..<(rung.upperBound + Self.margin) {
      switch axis {
      case .across: (strip.x0, strip.x1) = (position, position + 1)
      case .down: (strip.y0, strip.y1) = (position, position + 1)
      }
      guard let opacity = map.meanOpacity(of: strip) else { continue }
      amount += opacity
      moment += opacity * (Double(position) + 0.5)
    }
    return amount > 0 ? (amount, Int((moment / amount).rounded())) : nil
  }
}

extension OutlineRing {
  /// A direction in which boxes follow each other.
  enum Axis {
    case across, down

    var first: Side { self == .across ? .left : .top }
    var second: Side { self == .across ? .right : .bottom }
    /// The sides that run along it.
    var lines: [Side] { self == .across ? [.top, .bottom] : [.left, .right] }
  }

  /// Whether both lie between the same two lines along `axis`, and one over the other by more than
  /// a stroke.
  func overlaps(_ other: OutlineRing, along axis: Axis, stroke: Int) -> Bool {
    axis.lines.allSatisfy { 2 * abs(self[$0] - other[$0]) <= stroke }
      && self[axis.first] + stroke < other[axis.second]
      && other[axis.first] + stroke < self[axis.second]
  }
}

extension OutlineMap {
  /// The mean opacity over `area`; nil where nothing can be seen.
  func meanOpacity(of area: OutlineRing.Area) -> Double? {
    var total = 0.0
    var seen = 0.0
    forEachPixel(of: area) { index in
      total += Double(opacity[index] * confidence[index])
      seen += Double(confidence[index])
    }
    return seen > 0 ? total / seen : nil
  }
}
