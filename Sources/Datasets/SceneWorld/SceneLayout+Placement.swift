import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

extension SceneLayout {
  /// Puts up to `count` solids on the ground, apart from each other and inside the view. In the
  /// unseen split the first one is of a held-out combination.
  mutating func placeSolids(split: SceneSplit, count: Int, using stream: inout RandomStream) {
    for index in 0..<count {
      let category = drawCategory(split: split, index: index, using: &stream)
      for _ in 0..<24 {
        let solid = drawSolid(category, using: &stream)
        if fits(solid) {
          solids.append(solid)
          break
        }
      }
    }
  }

  private func drawCategory(
    split: SceneSplit, index: Int, using stream: inout RandomStream
  ) -> SceneCategory {
    if index > 0, let previous = solids.last, stream.uniform() < 0.15 {
      return previous.category
    }
    switch split {
    case .train, .val: return stream.element(of: SceneCategory.seen)
    case .valUnseen:
      let pool =
        index == 0 || stream.uniform() < 0.3 ? SceneCategory.heldOut : SceneCategory.seen
      return stream.element(of: pool)
    }
  }

  /// A solid somewhere on the visible ground, sized by how large it shall appear.
  private func drawSolid(_ category: SceneCategory, using stream: inout RandomStream) -> SceneSolid
  {
    let size = Float(camera.size)
    let column = stream.float(0.12, 0.88) * size
    let row = stream.float(0.30, 0.93) * size
    let apparent = stream.float(0.15, 0.50) * size
    let ray = camera.direction(column, row)
    // Above the horizon there is no ground; such a draw is refused by `fits`.
    let depth = ray.z < -0.02 ? -camera.height / ray.z : 100
    let foot = Vector(ray.x * depth, ray.y * depth, 0)
    let reach = clamp(apparent * depth / camera.focal / 2, 0.1, 0.85)
    let turn = stream.float(0, 6.2832)
    let across = Vector(turn.cosine, turn.sine, 0)
    let along = Vector(-turn.sine, turn.cosine, 0)
    let vertical = Vector(0, 0, 1)
    let tilted = stream.uniform()
    let slimness = stream.float(0, 1)
    let material: SceneMaterial = stream.element(of: [.matte, .matte, .glossy, .striped, .speckled])
    let tint = Vector(stream.float(0.96, 1.04), 1, stream.float(0.96, 1.04))
    let variation = tint * stream.float(0.86, 1.1)
    var solid = SceneSolid(
      category: category, material: material,
      reflectance: category.colour.reflectance * variation, patternSeed: stream.nextWord(),
      center: foot, axisX: across, axisY: along, axisZ: vertical, radius: reach)
    switch category.shape {
    case .cube:
      solid.radius = reach * 0.78
      solid.center.z = solid.radius
    case .sphere:
      solid.center.z = reach
    case .cylinder:
      if tilted < 0.3 {
        solid.radius = reach * (0.45 + 0.2 * slimness)
        solid.halfHeight = reach * 0.85
        (solid.axisX, solid.axisY, solid.axisZ) = (along, vertical, across)
        solid.center.z = solid.radius
      } else {
        solid.radius = reach * (0.5 + 0.25 * slimness)
        solid.halfHeight = reach * 0.9
        solid.center.z = solid.halfHeight
      }
    case .cone:
      solid.radius = reach * (0.62 + 0.25 * slimness)
      solid.halfHeight = reach * 0.95
      solid.center.z = solid.halfHeight
    case .ring:
      solid.tube = reach * (0.2 + 0.1 * slimness)
      solid.radius = reach - solid.tube
      if tilted < 0.5 {
        solid.center.z = solid.tube
      } else {
        // Standing, and never seen quite edge-on.
        let facing = stream.float(-0.95, 0.95) - 1.5708
        let axis = Vector(facing.cosine, facing.sine, 0)
        (solid.axisX, solid.axisY, solid.axisZ) = (cross(vertical, axis), vertical, axis)
        solid.center.z = reach
      }
    }
    return solid
  }

  private func fits(_ solid: SceneSolid) -> Bool {
    let bound = solid.boundingRadius
    let seen = camera.project(solid.center)
    let margin = Float(camera.size) * 0.1
    let inside = margin...(Float(camera.size) - margin)
    guard seen.depth - bound > 0.5, seen.depth < 8.5, inside.contains(seen.x),
      inside.contains(seen.y)
    else { return false }
    if case .wall(let distance, _) = backdrop, solid.center.y + bound > distance - 0.1 {
      return false
    }
    let footprint = solid.footprintRadius
    return solids.allSatisfy { other in
      let gap = Vector(solid.center.x - other.center.x, solid.center.y - other.center.y, 0)
      return length(gap) > (footprint + other.footprintRadius) * 1.02
    }
  }
}

extension SceneSolid {
  /// Radius of the circle on the ground above which the solid stays.
  var footprintRadius: Float {
    switch category.shape {
    case .cube: radius * 1.4143
    case .sphere: radius
    case .cylinder:
      abs(axisZ.z) > 0.5 ? radius : (radius * radius + halfHeight * halfHeight).squareRoot()
    case .cone: radius
    case .ring: radius + tube
    }
  }
}

extension RandomStream {
  mutating func float(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * Float(nextWord() >> 8) * 0x1p-24
  }
}

extension Float {
  var sine: Float { sin(self) }
  var cosine: Float { cos(self) }
}
