/// Where a ray first meets a solid: `parameter` along the ray and the outward local normal.
package struct SurfaceHit: Sendable {
  package var parameter: Float
  package var normal: Vector

  static let none = SurfaceHit(parameter: .infinity, normal: Vector(0, 0, 1))
}

extension SceneSolid {
  /// The first meeting of the ray `origin + parameter * direction` (own frame) with the surface,
  /// seen from outside; `parameter` is infinite when there is none.
  package func intersection(origin o: Vector, direction d: Vector) -> SurfaceHit {
    switch category.shape {
    case .cube: cubeIntersection(o, d)
    case .sphere: sphereIntersection(o, d)
    case .cylinder: cylinderIntersection(o, d)
    case .cone: coneIntersection(o, d)
    case .ring: ringIntersection(o, d)
    }
  }

  private func cubeIntersection(_ o: Vector, _ d: Vector) -> SurfaceHit {
    let inverse = 1 / d
    let first = (Vector(repeating: -radius) - o) * inverse
    let second = (Vector(repeating: radius) - o) * inverse
    let near = pointwiseMin(first, second)
    let far = pointwiseMax(first, second)
    let enter = max(near.x, max(near.y, near.z))
    let leave = min(far.x, min(far.y, far.z))
    guard enter <= leave, enter > 0 else { return .none }
    var normal = Vector.zero
    if enter == near.x {
      normal.x = d.x > 0 ? -1 : 1
    } else if enter == near.y {
      normal.y = d.y > 0 ? -1 : 1
    } else {
      normal.z = d.z > 0 ? -1 : 1
    }
    return SurfaceHit(parameter: enter, normal: normal)
  }

  private func sphereIntersection(_ o: Vector, _ d: Vector) -> SurfaceHit {
    let a = dot(d, d)
    let b = dot(o, d)
    // Distance of the ray from the centre, formed without the cancellation of b^2 - a c.
    let nearest = o - d * (b / a)
    let rest = radius * radius - dot(nearest, nearest)
    guard rest > 0 else { return .none }
    let parameter = -b / a - (rest / a).squareRoot()
    guard parameter > 0 else { return .none }
    return SurfaceHit(parameter: parameter, normal: (o + d * parameter) / radius)
  }

  private func cylinderIntersection(_ o: Vector, _ d: Vector) -> SurfaceHit {
    var best = SurfaceHit.none
    let a = d.x * d.x + d.y * d.y
    if a > 1e-12 {
      let b = o.x * d.x + o.y * d.y
      let c = o.x * o.x + o.y * o.y - radius * radius
      let discriminant = b * b - a * c
      guard discriminant > 0 else { return .none }
      let parameter = (-b - discriminant.squareRoot()) / a
      let z = o.z + parameter * d.z
      if parameter > 0, abs(z) <= halfHeight {
        let p = o + d * parameter
        best = SurfaceHit(
          parameter: parameter, normal: Vector(p.x / radius, p.y / radius, 0))
      }
    }
    if abs(d.z) > 1e-9 {
      let cap: Float = d.z > 0 ? -halfHeight : halfHeight
      let parameter = (cap - o.z) / d.z
      let x = o.x + parameter * d.x
      let y = o.y + parameter * d.y
      if parameter > 0, parameter < best.parameter, x * x + y * y <= radius * radius {
        best = SurfaceHit(parameter: parameter, normal: Vector(0, 0, d.z > 0 ? -1 : 1))
      }
    }
    return best
  }

  private func coneIntersection(_ o: Vector, _ d: Vector) -> SurfaceHit {
    var best = SurfaceHit.none
    // x^2 + y^2 = slope^2 w^2 with w the depth below the apex.
    let slope = radius / (2 * halfHeight)
    let w = halfHeight - o.z
    let square = slope * slope
    let a = d.x * d.x + d.y * d.y - square * d.z * d.z
    let b = o.x * d.x + o.y * d.y + square * w * d.z
    let c = o.x * o.x + o.y * o.y - square * w * w
    let discriminant = b * b - a * c
    if discriminant > 0, abs(a) > 1e-12 {
      let root = discriminant.squareRoot()
      // Either root may be the nearer, and either may lie on the mirrored cone above the apex.
      for side in 0..<2 {
        let parameter = (side == 0 ? -b - root : -b + root) / a
        let z = o.z + parameter * d.z
        if parameter > 0, parameter < best.parameter, abs(z) <= halfHeight {
          let p = o + d * parameter
          let outward = Vector(p.x, p.y, square * (halfHeight - p.z))
          best = SurfaceHit(parameter: parameter, normal: normalized(outward))
        }
      }
    }
    if d.z > 1e-9 {
      let parameter = (-halfHeight - o.z) / d.z
      let x = o.x + parameter * d.x
      let y = o.y + parameter * d.y
      if parameter > 0, parameter < best.parameter, x * x + y * y <= radius * radius {
        best = SurfaceHit(parameter: parameter, normal: Vector(0, 0, -1))
      }
    }
    return best
  }

  /// Steps by the distance to the ring inside the part of the ray that can meet it at all: cheaper
  /// than solving the quartic, and free of its cancellation in single precision.
  private func ringIntersection(_ o: Vector, _ d: Vector) -> SurfaceHit {
    let scale = length(d)
    let unit = d / scale
    let b = dot(o, unit)
    let nearest = o - unit * b
    let reach = radius + tube
    let rest = reach * reach - dot(nearest, nearest)
    guard rest > 0 else { return .none }
    let root = rest.squareRoot()
    var travelled = max(0, -b - root)
    var end = -b + root
    if abs(unit.z) > 1e-6 {
      let first = (-tube - o.z) / unit.z
      let second = (tube - o.z) / unit.z
      travelled = max(travelled, min(first, second))
      end = min(end, max(first, second))
    }
    let tolerance = tube * 1e-3
    for _ in 0..<64 {
      guard travelled <= end else { return .none }
      let p = o + unit * travelled
      let step = distance(p)
      if step < tolerance {
        let across = (p.x * p.x + p.y * p.y).squareRoot()
        let middle = Vector(p.x * radius / across, p.y * radius / across, 0)
        return SurfaceHit(parameter: travelled / scale, normal: normalized(p - middle))
      }
      travelled += step
    }
    return .none
  }
}
