/// The kinds of solids in a SceneWorld picture; the supercategories of its annotations.
public enum SceneShape: String, CaseIterable, Sendable, Codable {
  case cube, sphere, cylinder, cone, ring
}

/// The colours of SceneWorld solids.
public enum SceneColour: String, CaseIterable, Sendable, Codable {
  case red, green, blue, yellow, purple, orange, cyan, white

  /// Linear RGB reflectance. Blue keeps a good share of green so that no shading of it comes near
  /// the pure (0, 0, 255) in which detection boxes are drawn.
  var reflectance: SIMD3<Float> {
    switch self {
    case .red: SIMD3(0.62, 0.045, 0.04)
    case .green: SIMD3(0.07, 0.42, 0.08)
    case .blue: SIMD3(0.07, 0.22, 0.66)
    case .yellow: SIMD3(0.80, 0.62, 0.05)
    case .purple: SIMD3(0.34, 0.07, 0.46)
    case .orange: SIMD3(0.82, 0.25, 0.025)
    case .cyan: SIMD3(0.06, 0.56, 0.58)
    case .white: SIMD3(0.84, 0.84, 0.82)
    }
  }
}

/// What a SceneWorld object is called: a colour and a shape, "red cube".
public struct SceneCategory: Hashable, Sendable, CaseIterable {
  /// The adjective.
  public let colour: SceneColour
  /// The noun.
  public let shape: SceneShape

  /// The category of solids of this colour and shape.
  public init(_ colour: SceneColour, _ shape: SceneShape) {
    self.colour = colour
    self.shape = shape
  }

  /// As instructions and annotation files spell it.
  public var name: String { "\(colour.rawValue) \(shape.rawValue)" }

  /// 1 to 40, shape by shape; the category id of every annotation file.
  public var id: Int {
    let shapeIndex = SceneShape.allCases.firstIndex(of: shape) ?? 0
    let colourIndex = SceneColour.allCases.firstIndex(of: colour) ?? 0
    return shapeIndex * SceneColour.allCases.count + colourIndex + 1
  }

  /// All 40, in the order of their ids.
  public static let allCases: [SceneCategory] = SceneShape.allCases.flatMap { shape in
    SceneColour.allCases.map { SceneCategory($0, shape) }
  }

  /// One of eight combinations, one for each shape, that no training picture ever shows, although
  /// it shows each of their colours and each of their shapes.
  public static let heldOut: [SceneCategory] = [
    SceneCategory(.yellow, .cube), SceneCategory(.purple, .sphere),
    SceneCategory(.orange, .cylinder), SceneCategory(.blue, .cone), SceneCategory(.green, .ring),
  ]

  /// The combinations of the training pictures.
  public static let seen: [SceneCategory] = allCases.filter { !heldOut.contains($0) }
}

/// The parts of SceneWorld. No scene belongs to two of them.
public enum SceneSplit: String, CaseIterable, Sendable, Codable {
  /// Training pictures, seen combinations only.
  case train
  /// Held-out pictures of seen combinations.
  case val
  /// Held-out pictures, each with at least one combination that training never shows.
  case valUnseen = "val_unseen"

  /// The sequence of random numbers of this split; fixed, so that adding a split changes no other.
  var streamIndex: UInt64 {
    switch self {
    case .train: 1
    case .val: 2
    case .valUnseen: 3
    }
  }
}
