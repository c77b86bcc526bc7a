/// Single precision logarithm, sine and cosine that round as PyTorch's for AVX2 do: the polynomials
/// of the Cephes library, with a fused multiplication and addition wherever its compiler makes one.
///
/// Elsewhere the C library's functions are closer to the exact values; these are for equality.
///
/// - Source: pytorch 2.15 `ATen/native/cpu/avx_mathfun.h`, `log256_ps` and `sincos256_ps`; cephes
///   `logf.c`, `sinf.c`. Golden: `torch-random.safetensors`.
enum CephesFunctions {
  /// Of normal positive numbers.
  ///
  /// `x = m 2^e` with `m` in `sqrt(1/2)..<sqrt(2)`, and `log(m)` from a polynomial in `m - 1`.
  static func log(_ x: Float) -> Float {
    // The significand in 0.5..<1 and the exponent that belongs to it.
    var m = Float(bitPattern: x.bitPattern & 0x007f_ffff | 0x3f00_0000)
    var e = Float(Int32(x.bitPattern >> 23) - 126)
    if m < 0.707_106_781_186_547_524 {
      e -= 1
      m = m - 1 + m
    } else {
      m -= 1
    }
    let square = m * m
    let cube = polynomial(m, logarithmTerms) * m
    // log(2) in two parts: the first has few digits, so its multiples are exact.
    var tail = (e * -2.12194440e-4).addingProduct(cube, square)
    tail -= 0.5 * square
    return (m + tail).addingProduct(e, 0.693359375)
  }

  /// Of numbers from 0 to 8192: reduced by multiples of a quarter turn to -pi/4...pi/4, where
  /// polynomials give both.
  static func sineAndCosine(_ x: Float) -> (sine: Float, cosine: Float) {
    // Eighths of a turn, made even.
    let octant = (Int32(x * 1.27323954473516) + 1) & ~1
    let count = Float(octant)
    // pi/4 in three parts, for the first of which products are exact.
    let reduced = x.addingProduct(count, -0.78515625)
      .addingProduct(count, -2.4187564849853515625e-4)
      .addingProduct(count, -3.77489497744594108e-8)
    let square = reduced * reduced

    let evenTail = polynomial(square, cosineTerms) * square
    let even = (-0.5 * square).addingProduct(evenTail, square) + 1
    let odd = reduced.addingProduct(polynomial(square, sineTerms) * square, reduced)

    let swapped = octant & 2 != 0
    let (sine, cosine) = swapped ? (even, odd) : (odd, even)
    return (octant & 4 == 0 ? sine : -sine, (octant - 2) & 4 == 0 ? -cosine : cosine)
  }

  /// Horner's rule, the highest power's coefficient first.
  private static func polynomial(_ x: Float, _ coefficients: [Float]) -> Float {
    coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, x) }
  }

  private static let logarithmTerms: [Float] = [
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  ]
  private static let sineTerms: [Float] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]
  private static let cosineTerms: [Float] = [
    2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2,
  ]
}
