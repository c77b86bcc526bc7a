/// The one-dimensional transforms of F(4, 3) with the points 0, ±p, ±q and infinity, `p = 3/4` and
/// `q = 3/2`. A two-dimensional transform applies one of them to the columns, then to the rows.
///
/// With `Bᵀ`, `G` and `Aᵀ` as in Lavin and Gray, equation 8: `Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`.
enum WinogradPoints {
  @inline(__always) static var p: Float { 0.75 }
  @inline(__always) static var q: Float { 1.5 }
  @inline(__always) static var p2: Float { 0.5625 }
  @inline(__always) static var q2: Float { 2.25 }
  @inline(__always) static var p3: Float { 0.421875 }
  @inline(__always) static var q3: Float { 3.375 }
  /// `p² + q²` and `p² q²`.
  @inline(__always) static var sum: Float { 2.8125 }
  @inline(__always) static var product: Float { 1.265625 }
  /// `1 / (p² q²)`, `1 / (2 p² (p² - q²))` and `1 / (2 q² (q² - p²))`: the factors of `G`'s rows.
  @inline(__always) static var zeroFactor: Float { 64.0 / 81 }
  @inline(__always) static var pFactor: Float { -128.0 / 243 }
  @inline(__always) static var qFactor: Float { 32.0 / 243 }
}

struct Three {
  var a: Vector
  var b: Vector
  var c: Vector
}

struct Four {
  var a: Vector
  var b: Vector
  var c: Vector
  var d: Vector
}

struct Six {
  var a: Vector
  var b: Vector
  var c: Vector
  var d: Vector
  var e: Vector
  var f: Vector
}

@inline(__always) private func all(_ value: Float) -> Vector { Vector(repeating: value) }

extension Six {
  /// `Bᵀ x`: six inputs of a line.
  @inline(__always) var inputTransform: Six {
    let upper = inputTransformUpper
    let lower = inputTransformLower
    return Six(a: upper.a, b: upper.b, c: upper.c, d: lower.a, e: lower.b, f: lower.c)
  }

  /// The first three of `Bᵀ x`, which share nothing with the others.
  @inline(__always) var inputTransformUpper: Three {
    typealias P = WinogradPoints
    let even = multiplyAdd(all(-P.q2), c, e)
    let odd = multiplyAdd(all(-P.q2), b, d)
    return Three(
      a: multiplyAdd(all(P.product), a, multiplyAdd(all(-P.sum), c, e)),
      b: multiplyAdd(all(P.p), odd, even),
      c: multiplyAdd(all(-P.p), odd, even))
  }

  /// The last three of `Bᵀ x`.
  @inline(__always) var inputTransformLower: Three {
    typealias P = WinogradPoints
    let even = multiplyAdd(all(-P.p2), c, e)
    let odd = multiplyAdd(all(-P.p2), b, d)
    return Three(
      a: multiplyAdd(all(P.q), odd, even),
      b: multiplyAdd(all(-P.q), odd, even),
      c: multiplyAdd(all(P.product), b, multiplyAdd(all(-P.sum), d, f)))
  }

  /// `Aᵀ x`: four outputs of a line.
  @inline(__always) var outputTransform: Four {
    typealias P = WinogradPoints
    let sumP = b + c
    let differenceP = b - c
    let sumQ = d + e
    let differenceQ = d - e
    return Four(
      a: a + sumP + sumQ,
      b: multiplyAdd(all(P.q), differenceQ, all(P.p) * differenceP),
      c: multiplyAdd(all(P.q2), sumQ, all(P.p2) * sumP),
      d: multiplyAdd(all(P.q3), differenceQ, multiplyAdd(all(P.p3), differenceP, f)))
  }

  /// `Gᵀ x`: three weight gradients of a line.
  @inline(__always) var weightGradientTransform: Three {
    typealias P = WinogradPoints
    let sumP = all(P.pFactor) * (b + c)
    let differenceP = all(P.pFactor) * (b - c)
    let sumQ = all(P.qFactor) * (d + e)
    let differenceQ = all(P.qFactor) * (d - e)
    return Three(
      a: multiplyAdd(all(P.zeroFactor), a, sumP + sumQ),
      b: multiplyAdd(all(P.q), differenceQ, all(P.p) * differenceP),
      c: multiplyAdd(all(P.q2), sumQ, multiplyAdd(all(P.p2), sumP, f)))
  }
}

extension Four {
  /// `A x`: four output gradients of a line.
  @inline(__always) var outputGradientTransform: Six {
    typealias P = WinogradPoints
    let evenP = multiplyAdd(all(P.p2), c, a)
    let oddP = multiplyAdd(all(P.p2), d, b)
    let evenQ = multiplyAdd(all(P.q2), c, a)
    let oddQ = multiplyAdd(all(P.q2), d, b)
    return Six(
      a: a,
      b: multiplyAdd(all(P.p), oddP, evenP),
      c: multiplyAdd(all(-P.p), oddP, evenP),
      d: multiplyAdd(all(P.q), oddQ, evenQ),
      e: multiplyAdd(all(-P.q), oddQ, evenQ),
      f: d)
  }
}

extension Three {
  /// `G x`: three weights of a line.
  @inline(__always) var weightTransform: Six {
    typealias P = WinogradPoints
    let evenP = all(P.pFactor) * multiplyAdd(all(P.p2), c, a)
    let oddP = all(P.pFactor * P.p) * b
    let evenQ = all(P.qFactor) * multiplyAdd(all(P.q2), c, a)
    let oddQ = all(P.qFactor * P.q) * b
    return Six(
      a: all(P.zeroFactor) * a, b: evenP + oddP, c: evenP - oddP, d: evenQ + oddQ,
      e: evenQ - oddQ, f: c)
  }
}
