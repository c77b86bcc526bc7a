/// The finish of a solid.
package enum SceneMaterial: Sendable {
  case matte, glossy
  /// Bands along the local vertical axis, slightly darker than the rest.
  case striped
  /// Small irregular darker spots.
  case speckled
}

/// One solid of a scene. Its own frame has the origin in its middle and `axisZ` along its axis of
/// symmetry; what `radius`, `halfHeight` and `tube` mean depends on the shape.
package struct SceneSolid: Sendable {
  package var category: SceneCategory
  package var material: SceneMaterial
  /// Linear RGB reflectance after a small variation of the colour.
  var reflectance: Vector
  var patternSeed: UInt32
  var center: Vector
  var axisX: Vector
  var axisY: Vector
  var axisZ: Vector
  /// Half the edge of a cube; the radius of a sphere, a cylinder or a cone's base; the distance
  /// from a ring's middle to the middle of its tube.
  var radius: Float
  /// Half the height of a cylinder or a cone; unused otherwise.
  var halfHeight: Float = 0
  /// Radius of a ring's tube; unused otherwise.
  var tube: Float = 0

  /// Radius of a sphere around `center` that holds the solid.
  package var boundingRadius: Float {
    switch category.shape {
    case .cube: radius * 1.7321
    case .sphere: radius
    case .cylinder, .cone: (radius * radius + halfHeight * halfHeight).squareRoot()
    case .ring: radius + tube
    }
  }

  @inline(__always) func localDirection(_ world: Vector) -> Vector {
    Vector(dot(world, axisX), dot(world, axisY), dot(world, axisZ))
  }

  @inline(__always) func localPoint(_ world: Vector) -> Vector { localDirection(world - center) }

  @inline(__always) func worldDirection(_ local: Vector) -> Vector {
    axisX * local.x + axisY * local.y + axisZ * local.z
  }

  /// A solid of one shape in its own frame, at the origin.
  package init(_ shape: SceneShape, radius: Float, halfHeight: Float = 0, tube: Float = 0) {
    self.init(
      category: SceneCategory(.white, shape), material: .matte, reflectance: Vector(1, 1, 1),
      patternSeed: 0, center: .zero, axisX: Vector(1, 0, 0), axisY: Vector(0, 1, 0),
      axisZ: Vector(0, 0, 1), radius: radius, halfHeight: halfHeight, tube: tube)
  }

  init(
    category: SceneCategory, material: SceneMaterial, reflectance: Vector, patternSeed: UInt32,
    center: Vector, axisX: Vector, axisY: Vector, axisZ: Vector, radius: Float,
    halfHeight: Float = 0, tube: Float = 0
  ) {
    self.category = category
    self.material = material
    self.reflectance = reflectance
    self.patternSeed = patternSeed
    self.center = center
    self.axisX = axisX
    self.axisY = axisY
    self.axisZ = axisZ
    self.radius = radius
    self.halfHeight = halfHeight
    self.tube = tube
  }

  /// Signed distance from a point in the solid's own frame to its surface; negative inside.
  package func distance(_ p: Vector) -> Float {
    switch category.shape {
    case .cube:
      let q = Vector(abs(p.x) - radius, abs(p.y) - radius, abs(p.z) - radius)
      let outside = Vector(max(q.x, 0), max(q.y, 0), max(q.z, 0))
      return length(outside) + min(max(q.x, max(q.y, q.z)), 0)
    case .sphere:
      return length(p) - radius
    case .cylinder:
      let across = (p.x * p.x + p.y * p.y).squareRoot() - radius
      let along = abs(p.z) - halfHeight
      let outerAcross = max(across, 0)
      let outerAlong = max(along, 0)
      return min(max(across, along), 0)
        + (outerAcross * outerAcross + outerAlong * outerAlong).squareRoot()
    case .cone:
      return coneDistance(across: (p.x * p.x + p.y * p.y).squareRoot(), height: p.z)
    case .ring:
      let across = (p.x * p.x + p.y * p.y).squareRoot() - radius
      return (across * across + p.z * p.z).squareRoot() - tube
    }
  }

  /// Distance to a cone in its half-plane: the nearer of its base disc and its slanted edge.
  private func coneDistance(across: Float, height: Float) -> Float {
    let belowBase = -halfHeight - height
    let baseX = max(across - radius, 0)
    let toBase = (baseX * baseX + belowBase * belowBase).squareRoot()
    // The edge runs from (radius, -halfHeight) to (0, halfHeight).
    let edgeX = -radius
    let edgeZ = 2 * halfHeight
    let px = across - radius
    let pz = height + halfHeight
    let share = clamp((px * edgeX + pz * edgeZ) / (edgeX * edgeX + edgeZ * edgeZ), 0, 1)
    let dx = px - share * edgeX
    let dz = pz - share * edgeZ
    let toEdge = (dx * dx + dz * dz).squareRoot()
    let insideEdge = px * edgeZ - pz * edgeX < 0
    return insideEdge && belowBase < 0 ? -min(toBase, toEdge) : min(toBase, toEdge)
  }
}
