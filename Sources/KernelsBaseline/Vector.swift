import CVectorIntrinsics

#if KERNELS_AVX512
  /// The widest register of the instruction set this module is compiled for.
  typealias Vector = SIMD16<Float>
  /// Lanes of bits and integers as wide as those of `Vector`.
  typealias IntegerVector = SIMD16<Int32>
  /// Lanes of bits, whose shifts fill up with zeros.
  typealias BitVector = SIMD16<UInt32>
  /// Two halves for each lane of `Vector`.
  typealias HalvesVector = SIMD32<UInt16>
#elseif KERNELS_AVX2
  /// The widest register of the instruction set this module is compiled for.
  typealias Vector = SIMD8<Float>
  /// Lanes of bits and integers as wide as those of `Vector`.
  typealias IntegerVector = SIMD8<Int32>
  /// Lanes of bits, whose shifts fill up with zeros.
  typealias BitVector = SIMD8<UInt32>
  /// Two halves for each lane of `Vector`.
  typealias HalvesVector = SIMD16<UInt16>
#else
  /// The widest register of the instruction set this module is compiled for.
  typealias Vector = SIMD4<Float>
  /// Lanes of bits and integers as wide as those of `Vector`.
  typealias IntegerVector = SIMD4<Int32>
  /// Lanes of bits, whose shifts fill up with zeros.
  typealias BitVector = SIMD4<UInt32>
  /// Two halves for each lane of `Vector`.
  typealias HalvesVector = SIMD8<UInt16>
#endif

/// Lanes of `Vector`.
@inline(__always) var vectorWidth: Int { Vector.scalarCount }

/// `a * b + c`, rounded once where the instruction set can (elsewhere `addingProduct` would call the
/// C library for every lane).
@inline(__always)
func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
  #if KERNELS_BASELINE && !arch(arm64)
    a * b + c
  #else
    fusedMultiplyAdd(a, b, c)
  #endif
}

/// `c - a * b`, rounded like `multiplyAdd`.
@inline(__always)
func multiplySubtract(_ a: Vector, _ b: Vector, from c: Vector) -> Vector {
  multiplyAdd(-a, b, c)
}

@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always)
func load(_ pointer: UnsafeMutablePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// The first `count` lanes from memory, `padding` behind them.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, count: Int, padding: Float = 0) -> Vector {
  #if KERNELS_AVX512
    loadFirstOf16(pointer, Int64(count), padding)
  #elseif KERNELS_AVX2
    loadFirstOf8(pointer, Int64(count), padding)
  #else
    loadFirstOf4(pointer, Int64(count), padding)
  #endif
}

/// The first `count` lanes to memory.
@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>, count: Int) {
  #if KERNELS_AVX512
    storeFirstOf16(vector, pointer, Int64(count))
  #elseif KERNELS_AVX2
    storeFirstOf8(vector, pointer, Int64(count))
  #else
    storeFirstOf4(vector, pointer, Int64(count))
  #endif
}

/// The larger of each pair of lanes. A NaN in `a` stays; one in `b` gives way to `a`.
@inline(__always)
func vectorMax(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: a .< b) }

/// The smaller of each pair of lanes. A NaN in `a` stays; one in `b` gives way to `a`.
@inline(__always)
func vectorMin(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: a .> b) }

@inline(__always)
func vectorAbsolute(_ a: Vector) -> Vector {
  unsafeBitCast(
    unsafeBitCast(a, to: IntegerVector.self) & IntegerVector(repeating: 0x7fff_ffff),
    to: Vector.self)
}

/// Sum of the lanes, pairwise.
@inline(__always)
func laneSum(_ vector: Vector) -> Float {
  #if KERNELS_AVX512
    let eight = vector.lowHalf + vector.highHalf
    let four = eight.lowHalf + eight.highHalf
  #elseif KERNELS_AVX2
    let four = vector.lowHalf + vector.highHalf
  #else
    let four = vector
  #endif
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// Largest lane, none of which may be NaN.
@inline(__always)
func laneMaximum(_ vector: Vector) -> Float {
  #if KERNELS_AVX512
    let eight = vector.lowHalf.replacing(
      with: vector.highHalf, where: vector.lowHalf .< vector.highHalf)
    let four = eight.lowHalf.replacing(
      with: eight.highHalf, where: eight.lowHalf .< eight.highHalf)
  #elseif KERNELS_AVX2
    let four = vector.lowHalf.replacing(
      with: vector.highHalf, where: vector.lowHalf .< vector.highHalf)
  #else
    let four = vector
  #endif
  let two = four.lowHalf.replacing(with: four.highHalf, where: four.lowHalf .< four.highHalf)
  return two[0] < two[1] ? two[1] : two[0]
}
