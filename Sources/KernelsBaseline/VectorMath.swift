import CVectorIntrinsics

// Elementary functions on whole vectors. Relative errors are below 1e-6 wherever the result is a
// normal number, limits at the ends of the range are reached, and NaN stays NaN. `@inline(always)`
// is kept even in large callers, unlike `@inline(__always)`: a call would cost as much as the work.

/// `2^n * e^r` with `x = n ln 2 + r`, for `x` already inside `-88 ... 89`.
///
/// The polynomial is a minimax fit of degree 5 (relative error 1.05e-7). The power of two is put
/// together from its bits, so that results below 2^-126.5 are 0 and those from 2^127.5 infinite:
/// denormal results, slow on many processors, are rare.
@inline(always)
private func boundedExp(_ x: Vector) -> Vector {
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
  let shifter = Vector(repeating: 12_582_912)
  let shifted = multiplyAdd(x, Vector(repeating: 1.442_695_04), shifter)
  let n = shifted - shifter
  // ln 2 in two parts: n times the first is exact.
  let upper = multiplySubtract(n, Vector(repeating: 0.693_359_375), from: x)
  let r = multiplySubtract(n, Vector(repeating: -2.121_944_4e-4), from: upper)
  var p = Vector(repeating: 0.008_312_489_5)
  p = multiplyAdd(p, r, Vector(repeating: 0.041_890_157))
  p = multiplyAdd(p, r, Vector(repeating: 0.166_671_15))
  p = multiplyAdd(p, r, Vector(repeating: 0.499_992_32))
  p = multiplyAdd(p, r, Vector(repeating: 1))
  p = multiplyAdd(p, r, Vector(repeating: 1))
  let bits =
    (unsafeBitCast(shifted, to: IntegerVector.self) &<< IntegerVector(repeating: 23))
    &+ IntegerVector(repeating: 127 << 23)
  return p * unsafeBitCast(bits, to: Vector.self)
}

/// `e^x`; 0 below -87.7 and infinite above 88.4 (see `vectorExpWide` for the whole range).
@inline(always)
func vectorExp(_ x: Vector) -> Vector {
  boundedExp(vectorMin(vectorMax(x, Vector(repeating: -88)), Vector(repeating: 89)))
}

/// `e^x` for `x <= 0` or NaN, `-infinity` included; 0 below -87.7.
@inline(always)
func vectorExpOfNonpositive(_ x: Vector) -> Vector {
  boundedExp(vectorMax(x, Vector(repeating: -88)))
}

/// `2^x` for `x <= 0` or NaN, `-infinity` included; 0 below -126.5.
///
/// The polynomial is a minimax fit of degree 5 (relative error 1.1e-7).
@inline(always)
func vectorPowerOfTwo(_ x: Vector) -> Vector {
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum; 127 more make it the
  // exponent of its power.
  let shifter = Vector(repeating: 12_582_912 + 127)
  let bounded = vectorMax(x, Vector(repeating: -127))
  let shifted = bounded + shifter
  let r = bounded - (shifted - shifter)
  var p = Vector(repeating: 0.001_326_472_7)
  p = multiplyAdd(p, r, Vector(repeating: 0.009_671_513))
  p = multiplyAdd(p, r, Vector(repeating: 0.055_507_336))
  p = multiplyAdd(p, r, Vector(repeating: 0.240_222_42))
  p = multiplyAdd(p, r, Vector(repeating: 0.693_147))
  p = multiplyAdd(p, r, Vector(repeating: 1))
  let power = unsafeBitCast(shifted, to: IntegerVector.self) &<< IntegerVector(repeating: 23)
  return p * unsafeBitCast(power, to: Vector.self)
}

/// `e^x` over the whole range, denormal results included.
@inline(always)
func vectorExpWide(_ x: Vector) -> Vector {
  // Far from 0 the argument is brought nearer by 32 ln 2 first, in two parts as above.
  let low = x .< Vector(repeating: -60)
  let high = x .> Vector(repeating: 60)
  let shift = Vector.zero
    .replacing(with: Vector(repeating: 32), where: low)
    .replacing(with: Vector(repeating: -32), where: high)
  let factor = Vector(repeating: 1)
    .replacing(with: Vector(repeating: 0x1p-32), where: low)
    .replacing(with: Vector(repeating: 0x1p32), where: high)
  let nearer = multiplyAdd(shift, Vector(repeating: 0.693_359_375), x)
  return vectorExp(multiplyAdd(shift, Vector(repeating: -2.121_944_4e-4), nearer)) * factor
}

/// `1 / (1 + e^-x)` for `x` already inside `-89 ... 88`.
@inline(always)
private func boundedSigmoid(_ x: Vector) -> Vector {
  Vector(repeating: 1) / (Vector(repeating: 1) + boundedExp(-x))
}

/// `1 / (1 + e^-x)`.
@inline(always)
func vectorSigmoid(_ x: Vector) -> Vector {
  boundedSigmoid(vectorMin(vectorMax(x, Vector(repeating: -89)), Vector(repeating: 88)))
}

/// `x * sigmoid(x)`; 0 at minus infinity.
@inline(always)
func vectorSiLU(_ x: Vector) -> Vector {
  let bounded = vectorMax(x, Vector(repeating: -89))
  return bounded * boundedSigmoid(vectorMin(bounded, Vector(repeating: 88)))
}

/// Derivative of `x * sigmoid(x)`.
@inline(always)
func vectorSiLUGradient(_ x: Vector) -> Vector {
  let bounded = vectorMin(vectorMax(x, Vector(repeating: -89)), Vector(repeating: 88))
  let s = boundedSigmoid(bounded)
  return multiplyAdd(bounded * s, Vector(repeating: 1) - s, s)
}

/// `x * sigmoid(1.702 x)`; the rounding of the product shows in the far tail (5e-6 at -45).
@inline(always)
func vectorQuickGELU(_ x: Vector) -> Vector {
  vectorSiLU(x * Vector(repeating: 1.702)) * Vector(repeating: 0.587_544_07)
}

/// Derivative of `x * sigmoid(1.702 x)`.
@inline(always)
func vectorQuickGELUGradient(_ x: Vector) -> Vector {
  vectorSiLUGradient(x * Vector(repeating: 1.702))
}

/// Upper tail `1 - Φ(a)` of the normal distribution and `e^(-a²/2)`, for `0 <= a <= 15`.
///
/// The tail is the exponential times half the scaled complementary error function, a polynomial in
/// `t = 1 / (1 + 0.35 a)` fitted for least relative error (3.2e-8), so it stays accurate far out,
/// where `1 - erf` would cancel.
@inline(always)
private func normalTail(_ a: Vector) -> (tail: Vector, exponential: Vector) {
  let t =
    Vector(repeating: 1) / multiplyAdd(a, Vector(repeating: 0.35), Vector(repeating: 1))
  var p = Vector(repeating: -0.029_163_646)
  p = multiplyAdd(p, t, Vector(repeating: 0.144_059_52))
  p = multiplyAdd(p, t, Vector(repeating: -0.255_899_4))
  p = multiplyAdd(p, t, Vector(repeating: 0.159_390_32))
  p = multiplyAdd(p, t, Vector(repeating: -0.023_262_192))
  p = multiplyAdd(p, t, Vector(repeating: 0.105_574_17))
  p = multiplyAdd(p, t, Vector(repeating: 0.119_815_64))
  p = multiplyAdd(p, t, Vector(repeating: 0.139_864_33))
  p = multiplyAdd(p, t, Vector(repeating: 0.139_621_26))
  // The rounding of a² is a relative error of e^(-a²/2): 5e-6 near 13 if it were left.
  let square = a * a
  let rest = squareRemainder(a, square: square)
  let rough = vectorExpOfNonpositive(square * Vector(repeating: -0.5))
  let exponential = multiplyAdd(rough * rest, Vector(repeating: -0.5), rough)
  return (exponential * (p * t), exponential)
}

/// `a² - square` exactly, where `square` is `a * a` rounded.
@inline(always)
private func squareRemainder(_ a: Vector, square: Vector) -> Vector {
  #if KERNELS_BASELINE && !arch(arm64)
    let high = unsafeBitCast(
      unsafeBitCast(a, to: IntegerVector.self) & IntegerVector(repeating: ~0xfff),
      to: Vector.self)
    let low = a - high
    return (high * high - square) + (high + high) * low + low * low
  #else
    return multiplyAdd(a, a, -square)
  #endif
}

/// `x Φ(x)`, the exact GELU; 0 at minus infinity.
@inline(always)
func vectorGELU(_ x: Vector) -> Vector {
  let a = vectorMin(vectorAbsolute(x), Vector(repeating: 15))
  return multiplySubtract(a, normalTail(a).tail, from: vectorMax(x, Vector.zero))
}

/// `Φ(x) + x φ(x)`, the derivative of GELU.
@inline(always)
func vectorGELUGradient(_ x: Vector) -> Vector { vectorGELUWithGradient(x).gradient }

/// GELU and its derivative, which share their costly parts.
@inline(always)
func vectorGELUWithGradient(_ x: Vector) -> (value: Vector, gradient: Vector) {
  let bounded = vectorMin(vectorMax(x, Vector(repeating: -15)), Vector(repeating: 15))
  let a = vectorAbsolute(bounded)
  let (tail, exponential) = normalTail(a)
  let value = multiplySubtract(a, tail, from: vectorMax(x, Vector.zero))
  let cumulative = (Vector(repeating: 1) - tail).replacing(with: tail, where: x .< Vector.zero)
  let density = exponential * Vector(repeating: 0.398_942_28)
  return (value, multiplyAdd(bounded, density, cumulative))
}

/// Square root of every lane (`Vector.squareRoot()` is compiled to calls lane by lane).
@inline(always)
func vectorSquareRoot(_ x: Vector) -> Vector {
  #if KERNELS_AVX512
    squareRootOf16(x)
  #elseif KERNELS_AVX2
    squareRootOf8(x)
  #else
    squareRootOf4(x)
  #endif
}
