/// A pointwise function as a type, for generic code that has to inline it: a closure over vectors
/// that is not inlined passes them through memory, which costs more than the function.
protocol ActivationFunction {
  static func value(_ x: Vector) -> Vector
  /// The derivative.
  static func slope(_ x: Vector) -> Vector
}

enum IdentityFunction: ActivationFunction {
  @inline(always) static func value(_ x: Vector) -> Vector { x }
  @inline(always) static func slope(_ x: Vector) -> Vector { Vector(repeating: 1) }
}

enum SiLUFunction: ActivationFunction {
  @inline(always) static func value(_ x: Vector) -> Vector { vectorSiLU(x) }
  @inline(always) static func slope(_ x: Vector) -> Vector { vectorSiLUGradient(x) }
}

enum GELUFunction: ActivationFunction {
  @inline(always) static func value(_ x: Vector) -> Vector { vectorGELU(x) }
  @inline(always) static func slope(_ x: Vector) -> Vector { vectorGELUGradient(x) }
}

enum QuickGELUFunction: ActivationFunction {
  @inline(always) static func value(_ x: Vector) -> Vector { vectorQuickGELU(x) }
  @inline(always) static func slope(_ x: Vector) -> Vector { vectorQuickGELUGradient(x) }
}
