import Datasets
import TensorCore
import Testing

/// Intersections are compared with the distance function, which is a different derivation.
@Suite struct SceneSolidTests {
  static let solids = [
    SceneSolid(.cube, radius: 0.4), SceneSolid(.sphere, radius: 0.5),
    SceneSolid(.cylinder, radius: 0.3, halfHeight: 0.6),
    SceneSolid(.cone, radius: 0.45, halfHeight: 0.5), SceneSolid(.ring, radius: 0.5, tube: 0.15),
  ]

  @Test(arguments: solids)
  func hitsLieOnTheSurfaceAndNothingLiesBefore(solid: SceneSolid) {
    var stream = RandomStream(seed: 11)
    var hits = 0
    for _ in 0..<2000 {
      let origin = SIMD3<Float>(
        Float(stream.normal()), Float(stream.normal()), Float(stream.normal()))
      let aim =
        SIMD3<Float>(
          Float(stream.normal()), Float(stream.normal()), Float(stream.normal())) * 0.3
      guard solid.distance(origin) > 0.05 else { continue }
      let direction = aim - origin
      let hit = solid.intersection(origin: origin, direction: direction)
      let end = min(hit.parameter, 3)
      var along: Float = 0
      // Walking by the distance never passes the surface: it must get as far as the hit says.
      for _ in 0..<400 where along < end {
        let step = solid.distance(origin + direction * along) / length(direction)
        if step < 1e-4 { break }
        along += step
      }
      if hit.parameter < .infinity {
        hits += 1
        #expect(abs(solid.distance(origin + direction * hit.parameter)) < 2e-3)
        #expect(abs(along - hit.parameter) < 0.03, "walked \(along), hit \(hit.parameter)")
      } else {
        #expect(solid.distance(origin + direction * along) > 5e-5)
      }
    }
    #expect(hits > 300)
  }

  @Test(arguments: solids)
  func normalsFollowTheDistance(solid: SceneSolid) {
    var stream = RandomStream(seed: 12)
    for _ in 0..<300 {
      let origin = SIMD3<Float>(
        Float(stream.normal()), Float(stream.normal()), Float(stream.normal()))
      guard solid.distance(origin) > 0.1 else { continue }
      let hit = solid.intersection(origin: origin, direction: -origin * 0.9)
      guard hit.parameter < .infinity else { continue }
      #expect(abs(length(hit.normal) - 1) < 1e-3)
      let point = origin - origin * 0.9 * hit.parameter
      let rise = solid.distance(point + hit.normal * 0.01)
      #expect(rise > 0.008 && rise < 0.012, "\(solid.category.shape) rises by \(rise)")
    }
  }

  @Test func aRingHasAHole() {
    let ring = SceneSolid(.ring, radius: 0.5, tube: 0.15)
    let through = ring.intersection(origin: SIMD3(0.1, 0, 2), direction: SIMD3(0, 0, -1))
    #expect(through.parameter == .infinity)
    let onTube = ring.intersection(origin: SIMD3(0.5, 0, 2), direction: SIMD3(0, 0, -1))
    #expect(abs(onTube.parameter - 1.85) < 1e-3)
  }

  private func length(_ v: SIMD3<Float>) -> Float { (v * v).sum().squareRoot() }
}
