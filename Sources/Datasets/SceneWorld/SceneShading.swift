import Imaging

#if canImport(Glibc)
  import Glibc
#endif

extension SceneCaster {
  /// The picture, with 2x2 rays a pixel averaged in linear light.
  func picture() -> Image {
    let size = layout.camera.size
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    pixels.withUnsafeMutableBufferPointer { pixels in
      for row in 0..<size {
        for column in 0..<size {
          var sum = Vector.zero
          for sample in 0..<4 {
            let x = Float(column) + (sample & 1 == 0 ? 0.25 : 0.75)
            let y = Float(row) + (sample < 2 ? 0.25 : 0.75)
            let direction = layout.camera.direction(x, y)
            sum += radiance(
              of: firstSighting(direction, column: column, row: row), along: direction)
          }
          let index = 3 * (row * size + column)
          for channel in 0..<3 { pixels[index + channel] = DisplayCurve.encode(sum[channel] / 4) }
        }
      }
    }
    return Image(width: size, height: size, pixels: pixels)
  }

  /// Linear light coming from what a ray along `direction` sees.
  func radiance(of sighting: Sighting, along direction: Vector) -> Vector {
    guard sighting.part > -3 else { return skyRadiance(direction) }
    let camera = layout.camera
    let point = camera.origin + direction * sighting.depth
    let normal = sighting.normal
    var surface = Surface()
    switch sighting.part {
    case -1:
      let footprint =
        sighting.depth / camera.focal * max(1, 0.35 * length(direction) / max(-direction.z, 0.02))
      surface.reflectance = layout.ground.reflectance(point.x, point.y, footprint: footprint)
    case -2:
      guard case .wall(_, let texture) = layout.backdrop else { return .zero }
      surface.reflectance =
        texture.reflectance(point.x, point.z, footprint: sighting.depth / camera.focal)
        * (1.05 - 0.07 * clamp(point.z, 0, 5))
    default:
      surface = Surface(of: parts[sighting.part].solid, at: point)
    }
    var light = shade(surface, at: point, normal: normal, along: direction, own: sighting.part)
    if sighting.part == -1 {
      switch layout.backdrop {
      case .wall(let distance, _):
        light *= 1 - 0.4 * max(0, 1 - (distance - point.y) / 0.35)
      case .sky(let horizon, _):
        light = mix(light, horizon, smoothStep(7, 40, sighting.depth) * 0.85)
      }
    }
    return light
  }

  /// Lambert, ambient light from above and below, and a highlight.
  private func shade(
    _ surface: Surface, at point: Vector, normal: Vector, along direction: Vector, own: Int
  ) -> Vector {
    let open = openness(at: point, normal: normal, own: own)
    let above = 0.5 + 0.5 * normal.z
    let ambient = layout.ambient * (0.55 + 0.45 * above) * open
    var light = surface.reflectance * Vector(0.97, 1.0, 1.04) * ambient
    let facing = dot(normal, layout.light)
    let towardsViewer = normalized(-direction)
    if facing > 0 {
      let share = lightShare(at: point + normal * 0.002, own: own)
      if share > 0 {
        light += surface.reflectance * layout.lightColour * (facing * share)
        let half = normalized(layout.light + towardsViewer)
        let highlight = power(max(dot(normal, half), 0), surface.shininess)
        light += layout.lightColour * (highlight * surface.highlight * share)
      }
    }
    if surface.sheen > 0 {
      let grazing = 1 - max(dot(normal, towardsViewer), 0)
      let square = grazing * grazing
      light += Vector(0.5, 0.52, 0.55) * (surface.sheen * square * square * open)
    }
    return light
  }

  private func skyRadiance(_ direction: Vector) -> Vector {
    guard case .sky(let horizon, let zenith) = layout.backdrop else { return .zero }
    let elevation = direction.z / length(direction)
    return mix(horizon, zenith, smoothStep(-0.02, 0.45, elevation))
  }

  /// `base` to a power of two, by squaring.
  @inline(__always) private func power(_ base: Float, _ doublings: Int) -> Float {
    var result = base
    for _ in 0..<doublings { result *= result }
    return result
  }
}

/// How a point of a surface answers to light.
private struct Surface {
  /// Linear RGB.
  var reflectance = Vector.zero
  /// Strength of the highlight, and the power of two that is its exponent.
  var highlight: Float = 0
  var shininess = 4
  /// Reflection of the surroundings at grazing angles.
  var sheen: Float = 0

  init() {}

  init(of solid: SceneSolid, at point: Vector) {
    reflectance = solid.reflectance
    highlight = 0.03
    switch solid.material {
    case .matte: break
    case .glossy:
      highlight = 0.55
      shininess = 6
      sheen = 0.3
    case .striped:
      let local = solid.localPoint(point)
      let along = local.z / solid.boundingRadius * 5 + Float(solid.patternSeed & 15) / 16
      let wave = abs(along - along.rounded(.down) - 0.5) * 2
      reflectance *= 1 - 0.28 * smoothStep(0.4, 0.6, wave)
    case .speckled:
      let local = solid.localPoint(point) * (7 / solid.boundingRadius)
      let noise = LatticeNoise(seed: solid.patternSeed)
      // Two planes of noise through the solid stand in for noise in space.
      let spots = noise.value(local.x + local.z * 0.7, local.y - local.z * 0.7)
      let others = noise.value(local.y + 31, local.z + local.x * 0.5)
      reflectance *= 1 - 0.32 * smoothStep(0.58, 0.72, 0.5 * (spots + others) + 0.08)
    }
  }
}

/// From linear light to 8-bit sRGB, with a soft shoulder in place of hard clipping.
enum DisplayCurve {
  private static let table: [UInt8] = (0...4096).map { index in
    let linear = Double(index) / 4096
    let encoded =
      linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
    return UInt8(max(0, min(255, (encoded * 255).rounded())))
  }

  @inline(__always) static func encode(_ linear: Float) -> UInt8 {
    var value = max(linear, 0)
    if value > 0.75 {
      let over = (value - 0.75) / 0.25
      value = 0.75 + 0.25 * over / (1 + over)
    }
    return table[Int(value * 4096 + 0.5)]
  }
}
