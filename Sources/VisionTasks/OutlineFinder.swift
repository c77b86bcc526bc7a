/// Finds rectangular outlines in evidence of paint.
///
/// Lines are proposed from the edges of strokes, seen from outside and from inside, so that strokes
/// which touch or overlap still give both; rectangles of four supported lines are proposed from
/// those. Crossing or touching outlines make more rectangles than were drawn (the region where two
/// boxes overlap has four drawn sides), so the answer is the smallest set that explains the strokes:
/// chosen greedily by how much each explains that is new, and thinned of what the others explain.
/// What counts as paint is measured against the strongest outlines; fainter ones are found by
/// searching again what these leave unexplained.
///
/// The alternatives lost on these pictures: contours fail where outlines touch, cross or break; and
/// corner detection fails where another outline runs through a corner.
struct OutlineFinder {
  /// One outline by its outer edges, with its score.
  struct Outline: Hashable {
    var left: Int
    var top: Int
    var right: Int
    var bottom: Int
    var score: Double
  }

  private let evidence: OutlineEvidence
  private let nominalWidth: Int
  private let minimumSide: Int

  /// A side needs this much support to be proposed.
  static let leastSupport = 0.55
  /// A chosen rectangle has a side that is new to this extent.
  static let leastNovelty = 0.4
  /// A side of the answer has paint along this share of its length.
  static let leastCoverage = 0.6
  /// How far paint that belongs to an outline is found beside it, in pixels.
  private static let smear = 1
  /// How many kinds of outlines are told apart by their opacity.
  private static let passCount = 3
  /// No more outlines of one kind are read from one picture.
  static let maximumCount = 200

  init(evidence: OutlineEvidence, nominalWidth: Int, minimumSide: Int) {
    self.evidence = evidence
    self.nominalWidth = nominalWidth
    self.minimumSide = minimumSide
  }

  /// All outlines, in no particular order.
  func outlines() -> [Outline] {
    var result: [Outline] = []
    var evidence = evidence
    for _ in 0..<Self.passCount {
      guard
        let map = OutlineMap(evidence, nominalWidth: nominalWidth, minimumSide: minimumSide)
      else { break }
      let proposals = OutlineProposals(map: map, minimumSide: minimumSide).rings()
      let chosen = OutlineSelection(map: map, minimumSide: minimumSide).rings(from: proposals)
      let rows = OutlineLadders(map: map, minimumSide: minimumSide).resolved(chosen)
      let rings = OutlinePairing(map: map).resolved(rows)
      let scored = rings.compactMap { ring in score(of: ring, in: map).map { (ring, $0) } }
      if scored.isEmpty { break }
      for (ring, score) in scored {
        result.append(
          Outline(
            left: ring.left, top: ring.top, right: ring.right, bottom: ring.bottom, score: score))
        map.forEachPixel(of: ring, margin: Self.smear) { evidence.forget($0) }
      }
    }
    return result
  }

  /// How complete the ring is times how opaque its paint is; nil when a visible side is too broken.
  ///
  /// What can't be seen (outside the picture, or over things as blue as the paint) counts as half
  /// complete.
  private func score(of ring: OutlineRing, in map: OutlineMap) -> Double? {
    var completeness = 0.0
    var length = 0.0
    var opacity = 0.0
    var hits = 0
    for side in OutlineRing.Side.allCases {
      let area = ring.stroke(side, width: map.stroke)
      let isUpright = side == .left || side == .right
      let positions = isUpright ? area.y0..<area.y1 : area.x0..<area.x1
      var seen = 0
      var painted = 0
      for position in positions {
        var strongest: Float = -1
        for offset in 0..<map.stroke {
          let x = isUpright ? area.x0 + offset : position
          let y = isUpright ? position : area.y0 + offset
          guard x >= 0, y >= 0, x < map.width, y < map.height else { continue }
          let index = y * map.width + x
          if map.confidence[index] > 0 { strongest = max(strongest, map.opacity[index]) }
        }
        if strongest < 0 { continue }
        seen += 1
        if strongest >= 0.5 * map.level {
          painted += 1
          hits += 1
          opacity += Double(strongest)
        }
      }
      let coverage = seen == 0 ? 1 : Double(painted) / Double(seen)
      if 4 * seen >= positions.count, coverage < Self.leastCoverage { return nil }
      completeness += Double(painted) + 0.5 * Double(positions.count - seen)
      length += Double(positions.count)
    }
    guard hits > 0, length > 0 else { return nil }
    return (completeness / length) * (opacity / Double(hits))
  }
}
