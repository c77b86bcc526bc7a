import TensorCore

/// A scene before rendering: everything the renderer needs and nothing it decides.
struct SceneLayout: Sendable {
  var camera: SceneCamera
  var solids: [SceneSolid]
  var ground: SceneTexture
  /// What is behind the ground: a wall at a distance, or the sky.
  var backdrop: Backdrop
  /// Unit vector towards the light.
  var light: Vector
  var lightColour: Vector
  var ambient: Float
  /// How fast a shadow's edge sharpens: large for a small light.
  var shadowSharpness: Float

  enum Backdrop: Sendable {
    /// A wall across the view at `y = distance`.
    case wall(distance: Float, texture: SceneTexture)
    /// A sky from its colour at the horizon to the one above.
    case sky(horizon: Vector, zenith: Vector)
  }
}

extension SceneLayout {
  /// Draws a scene of one split.
  ///
  /// - Parameter solidCount: how many solids to try to place; crowded scenes may get fewer.
  static func draw(
    split: SceneSplit, size: Int, solidCount: Int, using stream: inout RandomStream
  ) -> SceneLayout {
    let camera = SceneCamera(
      height: stream.float(1.0, 2.3), pitch: stream.float(0.23, 0.56),
      fieldOfView: stream.float(0.82, 1.0), size: size)
    let backdrop = drawBackdrop(&stream)
    let azimuth = stream.float(-2.0, 2.0)
    let elevation = stream.float(0.6, 1.25)
    var layout = SceneLayout(
      camera: camera, solids: [],
      ground: SceneTexture.draw(
        stream.element(of: SceneTexture.Pattern.allCases), tones: groundTones,
        scale: 0.3...0.9, using: &stream),
      backdrop: backdrop,
      // Azimuth 0 is behind the viewer.
      light: Vector(
        elevation.cosine * azimuth.sine, -elevation.cosine * azimuth.cosine, elevation.sine),
      lightColour: mix(Vector(1.0, 0.93, 0.84), Vector(0.92, 0.97, 1.0), stream.float(0, 1))
        * stream.float(0.85, 1.1),
      ambient: stream.float(0.26, 0.42), shadowSharpness: stream.float(4, 14))
    layout.placeSolids(split: split, count: solidCount, using: &stream)
    return layout
  }

  private static func drawBackdrop(_ stream: inout RandomStream) -> Backdrop {
    if stream.uniform() < 0.65 {
      let pattern: SceneTexture.Pattern = stream.uniform() < 0.6 ? .noise : .tiles
      return .wall(
        distance: stream.float(5.5, 9.5),
        texture: SceneTexture.draw(pattern, tones: wallTones, scale: 0.5...1.6, using: &stream))
    }
    let sky = stream.element(of: skies)
    return .sky(horizon: sky.horizon, zenith: sky.zenith)
  }

  /// Greys, browns and pale earth colours: none is a solid's colour.
  private static let groundTones: [(Vector, Vector)] = [
    (Vector(0.42, 0.40, 0.37), Vector(0.16, 0.15, 0.15)),
    (Vector(0.34, 0.22, 0.13), Vector(0.19, 0.11, 0.06)),
    (Vector(0.46, 0.36, 0.25), Vector(0.28, 0.20, 0.13)),
    (Vector(0.23, 0.25, 0.27), Vector(0.12, 0.13, 0.15)),
    (Vector(0.38, 0.37, 0.30), Vector(0.24, 0.24, 0.18)),
    (Vector(0.30, 0.27, 0.27), Vector(0.20, 0.17, 0.17)),
    (Vector(0.22, 0.25, 0.17), Vector(0.13, 0.15, 0.10)),
  ]

  private static let wallTones: [(Vector, Vector)] = [
    (Vector(0.40, 0.38, 0.34), Vector(0.33, 0.31, 0.28)),
    (Vector(0.30, 0.33, 0.36), Vector(0.24, 0.27, 0.30)),
    (Vector(0.36, 0.30, 0.25), Vector(0.28, 0.22, 0.18)),
    (Vector(0.27, 0.30, 0.25), Vector(0.21, 0.24, 0.20)),
    (Vector(0.20, 0.19, 0.22), Vector(0.15, 0.15, 0.17)),
    (Vector(0.42, 0.36, 0.35), Vector(0.36, 0.30, 0.29)),
  ]

  private static let skies: [(horizon: Vector, zenith: Vector)] = [
    (Vector(0.66, 0.72, 0.78), Vector(0.30, 0.42, 0.58)),
    (Vector(0.62, 0.62, 0.62), Vector(0.38, 0.40, 0.44)),
    (Vector(0.70, 0.58, 0.48), Vector(0.34, 0.34, 0.42)),
    (Vector(0.36, 0.38, 0.44), Vector(0.14, 0.16, 0.22)),
  ]
}

extension SceneTexture {
  static func draw(
    _ pattern: Pattern, tones: [(Vector, Vector)], scale: ClosedRange<Float>,
    using stream: inout RandomStream
  ) -> SceneTexture {
    let tone = stream.element(of: tones)
    let brightness = stream.float(0.85, 1.15)
    let angle = stream.float(0, 1.5708)
    return SceneTexture(
      pattern: pattern, first: tone.0 * brightness, second: tone.1 * brightness,
      scale: stream.float(scale.lowerBound, scale.upperBound),
      rotation: SIMD2(angle.cosine, angle.sine), noise: LatticeNoise(seed: stream.nextWord()))
  }
}
