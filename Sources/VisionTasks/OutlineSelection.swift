/// Chooses the smallest set of proposed rectangles that explains the strokes.
struct OutlineSelection {
  let map: OutlineMap
  let minimumSide: Int

  /// How many proposals are tried in place of chosen ones.
  private static let maximumAlternativeCount = 400

  func rings(from proposals: [OutlineRing]) -> [OutlineRing] {
    // Sets have no order of their own; the answer mustn't depend on it.
    let distinct = Set(proposals.map(refined) + proposals).sorted(by: OutlineRing.precedes)
    let candidates = distinct.map { Candidate(ring: $0, quality: quality(of: $0)) }
    let alternatives = candidates.sorted { $0.quality * $0.ring.size > $1.quality * $1.ring.size }
      .prefix(Self.maximumAlternativeCount).map(\.ring)
    // What explains most is right where outlines cross, what is smallest where they touch.
    let explanations = [
      explanation(by: candidates) { candidate, news in candidate.quality * news },
      explanation(by: candidates) { candidate, _ in candidate.quality / candidate.ring.size },
    ]
    guard var best = explanations.max(by: { $0.worth < $1.worth }) else { return [] }
    best.improve(with: alternatives)
    return best.rings
  }

  private struct Candidate {
    let ring: OutlineRing
    let quality: Double
  }

  /// Takes candidates in the order of `merit`, which is told what each explains that is new, as long
  /// as something is new; then drops what turns out redundant.
  private func explanation(
    by candidates: [Candidate], merit: (Candidate, Double) -> Double
  ) -> OutlineExplanation {
    var remaining = candidates
    var residual = map.weighted
    var sums = map.weightedSums
    var explanation = OutlineExplanation(map: map, minimumSide: minimumSide)
    while explanation.rings.count < OutlineFinder.maximumCount, !remaining.isEmpty {
      // What brought nothing new once brings nothing new later.
      remaining.removeAll { novelty(of: $0.ring, in: sums) < OutlineFinder.leastNovelty }
      let merits = remaining.map { merit($0, unexplained($0.ring, in: sums)) }
      guard let best = merits.indices.max(by: { merits[$0] < merits[$1] }) else { break }
      let ring = remaining.remove(at: best).ring
      map.forEachPixel(of: ring, margin: 1) { residual[$0] = 0 }
      sums.update(residual, fromRow: ring.top - 1)
      explanation.add(ring)
    }
    explanation.removeRedundant()
    return explanation
  }

  /// The support of the weakest visible side or end of a side, to a power that puts broken rings
  /// after whole ones. Ends tell a corner from a line that stops short of it.
  private func quality(of ring: OutlineRing) -> Double {
    var weakest = 1.0
    for side in OutlineRing.Side.allCases {
      let ends = ring.ends(
        side, stroke: map.stroke, length: 3 * map.stroke, width: map.width, height: map.height)
      for area in ends + [ring.stroke(side, width: map.stroke)] {
        if let support = map.support(area) { weakest = min(weakest, support) }
      }
    }
    let square = weakest * weakest
    // Two outlines side by side make a bar; it is a box of its own only where nothing else fits.
    return ring.isBar(stroke: map.stroke) ? 0.2 * square * square : square * square
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

  /// `ring` with each side moved by up to a pixel to where it fits best: paint under the stroke,
  /// none just inside. Farther, it might move onto a neighbour's stroke.
  private func refined(_ proposal: OutlineRing) -> OutlineRing {
    var ring = proposal
    for _ in 0..<2 {
      for side in OutlineRing.Side.allCases {
        let area = ring.stroke(side, width: map.stroke)
        if map.support(area) == nil { continue }
        // A pixel's move has to be worth a sixth of the side, so that noise doesn't move it.
        let margin = Double(max(area.x1 - area.x0, area.y1 - area.y0)) / 6
        var best = (fit: fit(of: ring), ring: ring)
        for shift in [-1, 1] {
          var moved = ring
          moved[side] = proposal[side] + shift
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
}
