/// Smooth noise on the plane from hashed lattice values; the same everywhere for one seed.
struct LatticeNoise: Sendable {
  let seed: UInt32

  @inline(__always) private func lattice(_ x: Int32, _ y: Int32) -> Float {
    var hash = UInt32(bitPattern: x) &* 0x9E37_79B1 ^ UInt32(bitPattern: y) &* 0x85EB_CA77 ^ seed
    hash ^= hash >> 15
    hash = hash &* 0x2C1B_3C6D
    hash ^= hash >> 12
    hash = hash &* 0x297A_2D39
    hash ^= hash >> 15
    return Float(hash >> 8) * 0x1p-24
  }

  /// In 0...1, with one bump per unit of length.
  func value(_ x: Float, _ y: Float) -> Float {
    let floorX = x.rounded(.down)
    let floorY = y.rounded(.down)
    let column = Int32(truncatingIfNeeded: Int(clamp(floorX, -1e6, 1e6)))
    let row = Int32(truncatingIfNeeded: Int(clamp(floorY, -1e6, 1e6)))
    let shareX = smoothStep(0, 1, x - floorX)
    let shareY = smoothStep(0, 1, y - floorY)
    let top = lattice(column, row) * (1 - shareX) + lattice(column &+ 1, row) * shareX
    let bottom =
      lattice(column, row &+ 1) * (1 - shareX) + lattice(column &+ 1, row &+ 1) * shareX
    return top + (bottom - top) * shareY
  }

  /// The value of one cell of the lattice, in 0...1.
  func cell(_ x: Float, _ y: Float) -> Float {
    lattice(
      Int32(truncatingIfNeeded: Int(clamp(x.rounded(.down), -1e6, 1e6))),
      Int32(truncatingIfNeeded: Int(clamp(y.rounded(.down), -1e6, 1e6))))
  }
}

/// The covering of the ground or of the wall: two reflectances and a pattern between them.
struct SceneTexture: Sendable {
  enum Pattern: CaseIterable, Sendable { case checker, planks, noise, tiles }

  var pattern: Pattern
  var first: Vector
  var second: Vector
  /// Metres per repetition.
  var scale: Float
  var rotation: SIMD2<Float>
  var noise: LatticeNoise

  /// The reflectance at a point of the plane (metres).
  ///
  /// - Parameter footprint: how many metres of the plane one pixel covers there; patterns finer
  ///   than that fade into their mean, so that nothing flickers towards the horizon.
  func reflectance(_ x: Float, _ y: Float, footprint: Float) -> Vector {
    let u = (x * rotation.x - y * rotation.y) / scale
    let v = (x * rotation.y + y * rotation.x) / scale
    let fade = 1 - smoothStep(0.25, 0.9, footprint / scale)
    let fine = 1 - smoothStep(0.05, 0.25, footprint / scale)
    let share: Float
    switch pattern {
    case .checker:
      let odd = (Int(u.rounded(.down)) + Int(v.rounded(.down))) & 1 == 1
      let grain = (noise.value(u * 3, v * 3) - 0.5) * 0.25 * fine
      share = 0.5 + ((odd ? 0.5 : -0.5) + grain) * fade
    case .planks:
      let plank = u.rounded(.down)
      let along = v * 0.25 + noise.cell(plank, 7) * 5
      let tone = noise.cell(plank, along)
      let grain = noise.value(u * 9, v * 0.9 + plank * 17) - 0.5
      let gap = min(u - plank, plank + 1 - u) < 0.03 ? Float(0.45) : 0
      share = 0.5 + ((tone - 0.5) * 0.7 + grain * 0.5 * fine + gap * fine) * fade
    case .noise:
      let coarse = noise.value(u, v) - 0.5
      let detail = noise.value(u * 3.1 + 11, v * 3.1 + 5) - 0.5
      share = 0.5 + (coarse * 0.8 + detail * 0.4 * fine) * fade
    case .tiles:
      let column = u.rounded(.down)
      let row = v.rounded(.down)
      let edge = min(min(u - column, column + 1 - u), min(v - row, row + 1 - v))
      let tone = (noise.cell(column, row) - 0.5) * 0.45
      share = 0.4 + (tone + (edge < 0.045 ? 0.6 : 0) * fine) * fade
    }
    return mix(first, second, clamp(share, 0, 1))
  }
}
