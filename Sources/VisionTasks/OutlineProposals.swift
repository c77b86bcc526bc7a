/// Proposes rectangles whose sides all show paint.
struct OutlineProposals {
  let map: OutlineMap
  let minimumSide: Int

  /// No more lines of each kind are tried, so that a picture full of blue clutter takes bounded time.
  private static let maximumLineCount = 120
  /// No more rectangles are proposed.
  private static let maximumRingCount = 20_000

  /// Above this support, a band is painted and not empty.
  private static let filled = 0.6

  /// Below this support, a side stops short of its corner.
  private static let openEnd = 0.5

  func rings() -> [OutlineRing] {
    let stroke = map.stroke
    let upright = lines(length: map.width, transitions: columnTransitions())
    let level = lines(length: map.height, transitions: rowTransitions())
    let least = max(minimumSide, stroke + 1)
    var result: [OutlineRing] = []
    for left in upright.first {
      for right in upright.second where min(right, map.width) - max(left, 0) >= least {
        let tops = level.first.filter { top in
          isSupported(.init(x0: left, y0: top, x1: right, y1: top + stroke))
        }
        if tops.isEmpty { continue }
        let bottoms = level.second.filter { bottom in
          isSupported(.init(x0: left, y0: bottom - stroke, x1: right, y1: bottom))
        }
        for top in tops {
          for bottom in bottoms where min(bottom, map.height) - max(top, 0) >= least {
            let ring = OutlineRing(left: left, top: top, right: right, bottom: bottom)
            if isRing(ring) { result.append(ring) }
          }
        }
        if result.count >= Self.maximumRingCount { return result }
      }
    }
    return result
  }

  /// Paint along it, or nothing to be seen of it.
  private func isSupported(_ area: OutlineRing.Area) -> Bool {
    map.support(area).map { $0 >= OutlineFinder.leastSupport } ?? true
  }

  /// Enough sides can be seen, they show paint, and it's thin: not the rim of something solid.
  private func isRing(_ ring: OutlineRing) -> Bool {
    var visible = 0
    var outside = 0
    var thick = 0
    var openEnds = 0
    for side in OutlineRing.Side.allCases {
      let area = ring.stroke(side, width: map.stroke)
      guard let support = map.support(area) else {
        if area.x1 <= 0 || area.y1 <= 0 || area.x0 >= map.width || area.y0 >= map.height {
          outside += 1
        }
        continue
      }
      guard support >= OutlineFinder.leastSupport else { return false }
      visible += 1
      let ends = ring.ends(
        side, stroke: map.stroke, length: 3 * map.stroke, width: map.width, height: map.height)
      for end in ends {
        if let support = map.support(end), support < Self.openEnd { openEnds += 1 }
      }
      let band = ring.innerBand(side, width: map.stroke + 1, depth: map.stroke)
      if band.count > 0 {
        if let inside = map.support(band), inside > Self.filled { thick += 1 }
      } else if let outside = map.support(ring.outerBand(side, depth: map.stroke)),
        outside > Self.filled
      {
        // Too small for a hole, and part of something larger.
        return false
      }
    }
    if thick >= 3 || (thick == visible && visible > 0) { return false }
    // A ring may be broken at a corner, but one that leaves the picture must reach the border.
    if openEnds > (outside > 0 ? 0 : 2) { return false }
    return visible >= 3 || (visible == 2 && outside == 2)
  }

  /// How often paint begins and ends at each position along one axis.
  private struct Transitions {
    var begins: [Int]
    var ends: [Int]
  }

  /// Positions where a first side (left, top) or a second side (right, bottom) may have its outer
  /// edge: where strokes begin or end, seen from outside, and one stroke away, seen from inside.
  private func lines(length: Int, transitions: Transitions) -> (first: [Int], second: [Int]) {
    let begins = peaks(transitions.begins)
    let ends = peaks(transitions.ends)
    let first = begins + ends.map { ($0.position - map.stroke, $0.votes) }
    let second = ends + begins.map { ($0.position + map.stroke, $0.votes) }
    // A side may also lie wholly outside.
    return (distinct(first) + [-map.stroke], distinct(second) + [length + map.stroke])
  }

  private func peaks(_ counts: [Int]) -> [(position: Int, votes: Int)] {
    let least = max(3, minimumSide - 2)
    return counts.indices.compactMap { position in
      let before = position > 0 ? counts[position - 1] : 0
      let after = position + 1 < counts.count ? counts[position + 1] : 0
      let here = counts[position]
      guard here > 0, here >= before, here > after, before + here + after >= least else {
        return nil
      }
      return (position, before + here + after)
    }
  }

  /// The positions with most votes, none next to another.
  private func distinct(_ lines: [(position: Int, votes: Int)]) -> [Int] {
    var taken = Set<Int>()
    for line in lines.sorted(by: { ($0.votes, $1.position) > ($1.votes, $0.position) }) {
      if taken.count >= Self.maximumLineCount { break }
      if !taken.contains(line.position - 1), !taken.contains(line.position + 1) {
        taken.insert(line.position)
      }
    }
    return taken.sorted()
  }

  private func columnTransitions() -> Transitions {
    var result = Transitions(
      begins: [Int](repeating: 0, count: map.width + 1),
      ends: [Int](repeating: 0, count: map.width + 1))
    for y in 0..<map.height {
      var previous = false
      for x in 0...map.width {
        let current = x < map.width && map.isStroke.elements[y * map.width + x]
        if current, !previous { result.begins[x] += 1 }
        if previous, !current { result.ends[x] += 1 }
        previous = current
      }
    }
    return result
  }

  private func rowTransitions() -> Transitions {
    var result = Transitions(
      begins: [Int](repeating: 0, count: map.height + 1),
      ends: [Int](repeating: 0, count: map.height + 1))
    for y in 0...map.height {
      for x in 0..<map.width {
        let current = y < map.height && map.isStroke.elements[y * map.width + x]
        let previous = y > 0 && map.isStroke.elements[(y - 1) * map.width + x]
        if current, !previous { result.begins[y] += 1 }
        if previous, !current { result.ends[y] += 1 }
      }
    }
    return result
  }
}
