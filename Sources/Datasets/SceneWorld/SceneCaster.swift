import Imaging

/// Casts rays into one layout: what is seen where, how far away, and how much light reaches it.
struct SceneCaster {
  let layout: SceneLayout
  let parts: [Part]

  /// A solid with what every ray needs of it.
  struct Part {
    var solid: SceneSolid
    /// The camera in the solid's own frame.
    var origin: Vector
    var boundingRadius: Float
    /// Pixels the solid can appear in.
    var rectangle: PixelRectangle
  }

  /// What a ray meets first.
  struct Sighting {
    /// Index of the solid; -1 ground, -2 wall, -3 sky.
    var part = -3
    var depth = Float.infinity
    /// Outward normal in the world.
    var normal = Vector(0, 0, 1)
  }

  init(_ layout: SceneLayout) {
    self.layout = layout
    let nowhere = PixelRectangle(left: 0, top: 0, right: 0, bottom: 0)
    parts = layout.solids.map { solid in
      Part(
        solid: solid, origin: solid.localPoint(layout.camera.origin),
        boundingRadius: solid.boundingRadius,
        rectangle: layout.camera.bounds(center: solid.center, radius: solid.boundingRadius)
          ?? nowhere)
    }
  }

  /// The first thing along `direction` from the camera; solids are looked for where pixel
  /// (`column`, `row`) can show them.
  @inline(__always)
  func firstSighting(_ direction: Vector, column: Int, row: Int) -> Sighting {
    var sighting = backdropSighting(direction)
    for index in parts.indices where parts[index].rectangle.contains(column, row) {
      let solid = parts[index].solid
      let hit = solid.intersection(
        origin: parts[index].origin, direction: solid.localDirection(direction))
      if hit.parameter < sighting.depth {
        sighting = Sighting(
          part: index, depth: hit.parameter, normal: solid.worldDirection(hit.normal))
      }
    }
    return sighting
  }

  /// Ground, wall or sky along `direction`.
  @inline(__always)
  func backdropSighting(_ direction: Vector) -> Sighting {
    var sighting = Sighting()
    if direction.z < -1e-5 {
      sighting = Sighting(
        part: -1, depth: -layout.camera.height / direction.z, normal: Vector(0, 0, 1))
    }
    if case .wall(let distance, _) = layout.backdrop, direction.y > 1e-5 {
      let depth = distance / direction.y
      if depth < sighting.depth {
        sighting = Sighting(part: -2, depth: depth, normal: Vector(0, -1, 0))
      }
    }
    return sighting
  }

  /// The share of the light that reaches `point`: 0 in full shadow, 1 unshadowed, between in the
  /// penumbra, judged by how close the way to the light passes by each solid in proportion to how
  /// far away it does so.
  ///
  /// - Parameter own: the solid `point` lies on, or a negative number.
  func lightShare(at point: Vector, own: Int) -> Float {
    let light = layout.light
    let sharpness = layout.shadowSharpness
    var share: Float = 1
    for index in parts.indices {
      let solid = parts[index].solid
      // Convex solids shade themselves by facing away only.
      if index == own && solid.category.shape != .ring { continue }
      let radius = parts[index].boundingRadius
      let relative = solid.center - point
      let closest = dot(relative, light)
      guard closest > -radius else { continue }
      let off = relative - light * closest
      let reach = radius + max(closest + radius, 0) / sharpness
      guard dot(off, off) < reach * reach else { continue }
      let origin = solid.localPoint(point)
      let direction = solid.localDirection(light)
      var travelled = max(closest - radius * 1.8, index == own ? solid.tube * 0.3 : 0.004)
      let end = closest + radius
      var steps = 0
      while travelled < end, steps < 28 {
        let gap = solid.distance(origin + direction * travelled)
        share = min(share, sharpness * gap / travelled)
        if share < 0.004 { return 0 }
        travelled += clamp(gap, radius * 0.03, radius * 0.4)
        steps += 1
      }
    }
    share = clamp(share, 0, 1)
    return share * share * (3 - 2 * share)
  }

  /// How much of the surrounding light solids and ground near `point` leave, 0...1: the dark seam
  /// where things touch.
  func openness(at point: Vector, normal: Vector, own: Int) -> Float {
    var open: Float = 1
    for index in parts.indices where index != own {
      let reach = parts[index].boundingRadius * 0.7
      let relative = parts[index].solid.center - point
      let limit = parts[index].boundingRadius + reach
      let square = dot(relative, relative)
      guard square < limit * limit else { continue }
      let solid = parts[index].solid
      let gap = max(solid.distance(solid.localPoint(point)), 0)
      guard gap < reach else { continue }
      let nearness = 1 - gap / reach
      let facing = 0.5 + 0.5 * dot(normal, relative) / square.squareRoot()
      open *= 1 - 0.75 * nearness * nearness * facing
    }
    if own >= 0 {
      let seam = parts[own].boundingRadius * 0.3
      open *= 1 - 0.45 * max(0, 1 - point.z / seam) * (1 - max(normal.z, 0))
    }
    return open
  }
}
