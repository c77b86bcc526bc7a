#if canImport(Glibc)
  import Glibc
#endif

/// A pinhole camera above the origin, looking along y and down. A ray's parameter is the distance
/// along the optical axis, which is what depth means here and in depth-camera data.
struct SceneCamera: Sendable {
  let height: Float
  /// Focal length in pixels.
  let focal: Float
  let size: Int
  let forward: Vector
  let up: Vector

  var origin: Vector { Vector(0, 0, height) }

  init(height: Float, pitch: Float, fieldOfView: Float, size: Int) {
    self.height = height
    self.size = size
    focal = Float(size) / 2 / tan(fieldOfView / 2)
    forward = Vector(0, cos(pitch), -sin(pitch))
    up = Vector(0, sin(pitch), cos(pitch))
  }

  /// The ray through a point of the picture (pixels, the first pixel's centre is 0.5).
  @inline(__always) func direction(_ x: Float, _ y: Float) -> Vector {
    let across = (x - Float(size) / 2) / focal
    let above = (Float(size) / 2 - y) / focal
    return Vector(across, forward.y + up.y * above, forward.z + up.z * above)
  }

  /// Where a world point appears, and its depth.
  func project(_ point: Vector) -> (x: Float, y: Float, depth: Float) {
    let relative = point - origin
    let depth = dot(relative, forward)
    return (
      Float(size) / 2 + focal * relative.x / depth,
      Float(size) / 2 - focal * dot(relative, up) / depth, depth
    )
  }

  /// A pixel rectangle that surely holds the sphere, or nil when the sphere is outside the picture
  /// or too near.
  func bounds(center: Vector, radius: Float) -> PixelRectangle? {
    let relative = center - origin
    let depth = dot(relative, forward)
    guard depth - radius > 0.05 else { return nil }
    let x = relative.x
    let y = -dot(relative, up)
    let near = focal / (depth - radius)
    let far = focal / (depth + radius)
    let half = Float(size) / 2
    let left = half + min((x - radius) * near, (x - radius) * far) - 1
    let right = half + max((x + radius) * near, (x + radius) * far) + 1
    let top = half + min((y - radius) * near, (y - radius) * far) - 1
    let bottom = half + max((y + radius) * near, (y + radius) * far) + 1
    let rectangle = PixelRectangle(
      left: Int(clamp(left, 0, Float(size))), top: Int(clamp(top, 0, Float(size))),
      right: Int(clamp(right, 0, Float(size))), bottom: Int(clamp(bottom, 0, Float(size))))
    return rectangle.left < rectangle.right && rectangle.top < rectangle.bottom ? rectangle : nil
  }
}

/// Pixels `left..<right`, `top..<bottom`.
struct PixelRectangle: Sendable, Hashable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  @inline(__always) func contains(_ x: Int, _ y: Int) -> Bool {
    x >= left && x < right && y >= top && y < bottom
  }
}
