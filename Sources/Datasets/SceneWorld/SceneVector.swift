/// World and local vectors: x to the right, y away from the viewer, z up; metres.
package typealias Vector = SIMD3<Float>

@inline(__always) func dot(_ a: Vector, _ b: Vector) -> Float {
  a.x * b.x + a.y * b.y + a.z * b.z
}

@inline(__always) func cross(_ a: Vector, _ b: Vector) -> Vector {
  Vector(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

@inline(__always) func length(_ a: Vector) -> Float { dot(a, a).squareRoot() }

@inline(__always) func normalized(_ a: Vector) -> Vector { a / length(a) }

@inline(__always) func mix(_ a: Vector, _ b: Vector, _ share: Float) -> Vector {
  a + (b - a) * share
}

@inline(__always) func clamp(_ value: Float, _ low: Float, _ high: Float) -> Float {
  max(low, min(high, value))
}

/// 0 up to `low`, 1 from `high` on, smooth between.
@inline(__always) func smoothStep(_ low: Float, _ high: Float, _ value: Float) -> Float {
  let share = clamp((value - low) / (high - low), 0, 1)
  return share * share * (3 - 2 * share)
}
