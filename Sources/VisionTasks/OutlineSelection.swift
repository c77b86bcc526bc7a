/// Chooses the smallest set of proposed rectangles that explains the strokes.
struct OutlineSelection {
  let map: OutlineMap
  let minimumSide: Int

  func rings(from proposals: [OutlineRing]) -> [OutlineRing] {
    var remaining = proposals.map { (ring: $0, quality: quality(of: $0)) }
    var residual = map.weighted
    var chosen: [OutlineRing] = []
    while chosen.count < OutlineFinder.maximumCount, !remaining.isEmpty {
      let sums = SummedArea(residual, width: map.width, height: map.height)
      // What brought nothing new once brings nothing new later.
      remaining.removeAll { novelty(of: $0.ring, in: sums) < OutlineFinder.leastNovelty }
      let best = remaining.indices.max { a, b in
        remaining[a].quality * unexplained(remaining[a].ring, in: sums)
          < remaining[b].quality * unexplained(remaining[b].ring, in: sums)
      }
      guard let best else { break }
      let ring = refined(remaining.remove(at: best).ring)
      forEachPixel(of: ring, margin: 1) { residual[$0] = 0 }
      if !chosen.contains(ring) { chosen.append(ring) }
    }
    return pruned(chosen)
  }

  /// The weakest visible side's support, to a power that puts broken rings after whole ones.
  private func quality(of ring: OutlineRing) -> Double {
    var weakest = 1.0
    for side in OutlineRing.Side.allCases {
      if let support = map.support(ring.stroke(side, width: map.stroke)) {
        weakest = min(weakest, support)
      }
    }
    let square = weakest * weakest
    return square * square
  }

  /// The evidence on the ring that no chosen ring explains.
  private func unexplained(_ ring: OutlineRing, in residual: SummedArea) -> Double {
    OutlineRing.Side.allCases.reduce(0) { total, side in
      let area = ring.stroke(side, width: map.stroke)
      return total + residual.sum(area.x0, area.y0, area.x1, area.y1)
    }
  }

  /// The largest share of a side that no chosen ring explains.
  private func novelty(of ring: OutlineRing, in residual: SummedArea) -> Double {
    var largest = 0.0
    for side in OutlineRing.Side.allCases {
      let area = ring.stroke(side, width: map.stroke)
      guard map.support(area) != nil else { continue }
      let seen = map.confidenceSums.sum(area.x0, area.y0, area.x1, area.y1)
      largest = max(largest, residual.sum(area.x0, area.y0, area.x1, area.y1) / seen)
    }
    return largest
  }

  /// `ring` with each side moved by up to two pixels to where it fits best: paint under the stroke,
  /// none just inside.
  private func refined(_ ring: OutlineRing) -> OutlineRing {
    var ring = ring
    for _ in 0..<2 {
      for side in OutlineRing.Side.allCases {
        let area = ring.stroke(side, width: map.stroke)
        if map.support(area) == nil { continue }
        // A pixel's move has to be worth a sixth of the side, so that noise doesn't move it.
        let margin = Double(max(area.x1 - area.x0, area.y1 - area.y0)) / 6
        var best = (fit: fit(of: ring), ring: ring)
        for shift in [-1, 1, -2, 2] {
          var moved = ring
          moved[side] += shift
          guard moved.right - moved.left > map.stroke, moved.bottom - moved.top > map.stroke
          else { continue }
          let fit = fit(of: moved)
          if fit > best.fit + margin { best = (fit, moved) }
        }
        ring = best.ring
      }
    }
    return ring
  }

  private func fit(of ring: OutlineRing) -> Double {
    var total = 0.0
    for side in OutlineRing.Side.allCases {
      let area = ring.stroke(side, width: map.stroke)
      total += map.weightedSums.sum(area.x0, area.y0, area.x1, area.y1)
      total -= 0.5 * map.confidenceSums.sum(area.x0, area.y0, area.x1, area.y1)
      let band = ring.innerBand(side, width: map.stroke, depth: 2)
      if band.count > 0 {
        total -= 0.5 * map.weightedSums.sum(band.x0, band.y0, band.x1, band.y1)
      }
    }
    return total
  }

  /// `rings` without those that the others explain together, the most redundant first.
  private func pruned(_ rings: [OutlineRing]) -> [OutlineRing] {
    var rings = rings
    while rings.count > 1 {
      var cover = [Int32](repeating: 0, count: map.width * map.height)
      for ring in rings { forEachPixel(of: ring, margin: 1) { cover[$0] += 1 } }
      var worst = (index: -1, share: OutlineFinder.leastNovelty)
      for (index, ring) in rings.enumerated() {
        let share = uniqueShare(of: ring, cover: cover)
        if share < worst.share { worst = (index, share) }
      }
      if worst.index < 0 { break }
      rings.remove(at: worst.index)
    }
    return rings
  }

  /// The largest share of a side that only this ring covers.
  private func uniqueShare(of ring: OutlineRing, cover: [Int32]) -> Double {
    var largest = 0.0
    for side in OutlineRing.Side.allCases {
      let area = ring.stroke(side, width: map.stroke)
      guard map.support(area) != nil else { continue }
      var unique = 0.0
      var seen = 0.0
      for y in Self.clipped(area.y0, area.y1, to: map.height) {
        for x in Self.clipped(area.x0, area.x1, to: map.width) {
          let index = y * map.width + x
          seen += Double(map.confidence[index])
          if cover[index] == 1 { unique += Double(map.weighted[index]) }
        }
      }
      if seen > 0 { largest = max(largest, unique / seen) }
    }
    return largest
  }

  /// Visits each pixel of the stroke, `margin` wider on both sides, once.
  private func forEachPixel(of ring: OutlineRing, margin: Int, _ body: (Int) -> Void) {
    let hole = OutlineRing.Area(
      x0: ring.left + map.stroke + margin, y0: ring.top + map.stroke + margin,
      x1: ring.right - map.stroke - margin, y1: ring.bottom - map.stroke - margin)
    let rows = Self.clipped(ring.top - margin, ring.bottom + margin, to: map.height)
    let columns = Self.clipped(ring.left - margin, ring.right + margin, to: map.width)
    for y in rows {
      for x in columns {
        if y >= hole.y0, y < hole.y1, x >= hole.x0, x < hole.x1 { continue }
        body(y * map.width + x)
      }
    }
  }

  private static func clipped(_ lower: Int, _ upper: Int, to length: Int) -> Range<Int> {
    let start = min(max(0, lower), length)
    return start..<max(start, min(length, upper))
  }
}
