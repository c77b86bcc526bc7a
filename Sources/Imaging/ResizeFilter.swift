#if canImport(Glibc)
  import Glibc
#endif

/// How a picture is resampled to another size. All but ``nearest`` average over the whole source
/// area of a new pixel when they reduce (antialiasing), as Pillow does.
public enum ResizeFilter: String, CaseIterable, Sendable {
  /// The source pixel at the centre of the new one; makes no new values.
  case nearest
  /// The average of the area.
  case box
  /// A triangle of radius 1.
  case bilinear
  /// A cubic spline of radius 2 with a = -0.5.
  case bicubic
  /// A windowed sinc of radius 3.
  case lanczos

  /// Where the kernel ends, in source pixels of an unreduced picture.
  var support: Double {
    switch self {
    case .nearest, .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The kernel's value at distance `x` from its centre.
  func weight(at x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .nearest, .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear:
      return distance < 1 ? 1 - distance : 0
    case .bicubic:
      if distance < 1 { return (1.5 * distance - 2.5) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * -0.5 }
      return 0
    case .lanczos:
      return x >= -3 && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double {
    if x == 0 { return 1 }
    let angle = x * Double.pi
    return sin(angle) / angle
  }
}
