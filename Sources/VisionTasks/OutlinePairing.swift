/// Tells which lines belong together where two rectangles share two opposite lines.
///
/// A rectangle that spans another one between the same two lines looks like two that overlap. Where
/// the strokes are equally opaque nothing tells these apart, and the second is the more usual: things
/// of one kind stand side by side.
struct OutlinePairing {
  let map: OutlineMap

  /// Paint of one outline differs less than that in opacity from side to side.
  private static let leastDifference = 0.15

  func resolved(_ rings: [OutlineRing]) -> [OutlineRing] {
    var rings = rings
    // Every exchange makes the lengths more equal, so this ends.
    while let (outer, inner, axis) = exchange(in: rings) {
      let end = rings[outer][axis.second]
      rings[outer][axis.second] = rings[inner][axis.second]
      rings[inner][axis.second] = end
    }
    return rings
  }

  /// Two rectangles that had better exchange their second ends along the axis.
  private func exchange(
    in rings: [OutlineRing]
  ) -> (outer: Int, inner: Int, axis: OutlineRing.Axis)? {
    for axis in [OutlineRing.Axis.across, .down] {
      for outer in rings.indices {
        for inner in rings.indices
        where spans(rings[outer], rings[inner], along: axis)
          && !isTold(rings[outer], rings[inner], along: axis)
        {
          return (outer, inner, axis)
        }
      }
    }
    return nil
  }

  /// Whether both lie between the same lines, and `outer` goes on beyond `inner` at both ends.
  private func spans(
    _ outer: OutlineRing, _ inner: OutlineRing, along axis: OutlineRing.Axis
  ) -> Bool {
    outer.overlaps(inner, along: axis, stroke: map.stroke)
      && outer[axis.first] + map.stroke < inner[axis.first]
      && inner[axis.second] + map.stroke < outer[axis.second]
  }

  /// Whether opacity pairs the outer lines and the inner ones.
  private func isTold(
    _ outer: OutlineRing, _ inner: OutlineRing, along axis: OutlineRing.Axis
  ) -> Bool {
    func opacity(_ ring: OutlineRing, _ side: OutlineRing.Side) -> Double? {
      map.meanOpacity(of: ring.stroke(side, width: map.stroke))
    }
    guard let a = opacity(outer, axis.first), let b = opacity(inner, axis.first),
      let c = opacity(inner, axis.second), let d = opacity(outer, axis.second)
    else { return false }
    return abs(a - d) + abs(b - c) + 2 * Self.leastDifference < abs(a - c) + abs(b - d)
  }
}
