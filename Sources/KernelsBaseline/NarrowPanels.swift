import CVectorIntrinsics
import KernelInterface

extension VectorKernels {
  /// Words of a packed `[k, n]` operand in `precision`.
  public func packedCount(k: Int, n: Int, precision: WeightPrecision) -> Int {
    PanelLayout(k: k, n: n, precision: precision).wordCount
  }

  /// Rounds panels that `pack` has laid out.
  public func narrow(
    _ source: UnsafePointer<Float>, k: Int, n: Int, panels: Range<Int>,
    to precision: WeightPrecision, into packed: UnsafeMutablePointer<Float>
  ) {
    forEachPanel(panels, k: k, n: n, precision: precision) { plain, narrow, width in
      switch precision {
      case .fp32: copyFloats(source + plain, to: packed + narrow, count: k * width)
      case .bf16: narrowPairs(source + plain, count: k, width: width, into: packed + narrow)
      case .int8: narrowBytes(source + plain, count: k, width: width, into: packed + narrow)
      }
    }
  }

  /// Panels as `pack` would have laid out the rounded numbers.
  public func widen(
    _ packed: UnsafePointer<Float>, precision: WeightPrecision, k: Int, n: Int,
    panels: Range<Int>, into destination: UnsafeMutablePointer<Float>
  ) {
    forEachPanel(panels, k: k, n: n, precision: precision) { plain, narrow, width in
      switch precision {
      case .fp32: copyFloats(packed + narrow, to: destination + plain, count: k * width)
      case .bf16: widenPairs(packed + narrow, count: k, width: width, into: destination + plain)
      case .int8:
        let factors = packed + narrow
        widenBytes(
          factors + width, factors: factors, count: k, width: width,
          into: destination + plain)
      }
    }
  }

  /// Calls `body` with where each panel is in 32 bits and in `precision`, and its columns.
  private func forEachPanel(
    _ panels: Range<Int>, k: Int, n: Int, precision: WeightPrecision,
    _ body: (_ plainOffset: Int, _ narrowOffset: Int, _ width: Int) -> Void
  ) {
    let plain = PanelLayout(k: k, n: n)
    let narrow = PanelLayout(k: k, n: n, precision: precision)
    for panel in panels {
      body(
        plain.offset(ofPanel: panel), narrow.offset(ofPanel: panel), plain.width(ofPanel: panel))
    }
  }
}

/// The bits of `values`, rounded to 16 of them, the lower ones zero. Infinities and NaNs stay.
@inline(__always)
func roundedToUpperHalf(_ values: Vector) -> BitVector {
  let bits = unsafeBitCast(values, to: BitVector.self)
  let lastKept = (bits &>> 16) & 1
  let rounded = (bits &+ 0x7fff &+ lastKept) & 0xffff_0000
  return rounded.replacing(with: 0x7fc0_0000, where: values .!= values)
}

/// Words of two numbers rounded to their upper halves, the earlier ones from `first`.
@inline(__always)
func pairedUpperHalves(_ first: Vector, _ second: Vector) -> Vector {
  unsafeBitCast(
    (roundedToUpperHalf(first) &>> 16) | roundedToUpperHalf(second), to: Vector.self)
}

/// `count` steps of `width` columns to words of two steps, which may take the place of the first.
func narrowPairs(
  _ source: UnsafePointer<Float>, count: Int, width: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  var source = source
  var destination = destination
  var rest = count
  while rest > 0 {
    for column in stride(from: 0, to: width, by: vectorWidth) {
      let later = rest > 1 ? load(source + width + column) : .zero
      store(pairedUpperHalves(load(source + column), later), destination + column)
    }
    source += 2 * width
    destination += width
    rest -= 2
  }
}

/// `count` steps of `width` columns from words of two steps.
@inline(__always)
func widenPairs(
  _ source: UnsafePointer<Float>, count: Int, width: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  var source = source
  var destination = destination
  var rest = count
  while rest > 0 {
    for column in stride(from: 0, to: width, by: vectorWidth) {
      let pair = load(source + column)
      store(earlierOfPair(pair), destination + column)
      if rest > 1 { store(laterOfPair(pair), destination + width + column) }
    }
    source += width
    destination += 2 * width
    rest -= 2
  }
}

/// Numbers of columns or of a row, to be divided by one factor and rounded to -127 ... 127.
struct Magnitudes {
  var largest = Vector.zero
  /// Zero in lanes of numbers that are all finite, otherwise NaN.
  var poison = Vector.zero

  @inline(__always) mutating func include(_ values: Vector) {
    largest = vectorMax(largest, vectorAbsolute(values))
    poison = multiplyAdd(values, .zero, poison)
  }

  @inline(__always) static var limit: Float { 127 }
  /// Numbers that are all smaller count as zeros: the inverse of their factor might not be finite.
  @inline(__always) static var smallest: Float { 0x1p-100 }

  @inline(__always) static func factor(_ largest: Float) -> Float {
    largest < smallest ? 0 : largest / limit
  }

  @inline(__always) static func inverseFactor(_ largest: Float) -> Float {
    largest < smallest ? 0 : limit / largest
  }
}

/// The integers nearest to `values`, to the even one in the middle. Anything for what is not finite.
@inline(__always)
func nearestIntegers(_ values: Vector) -> IntegerVector {
  // In the last places of this sum.
  let shift = Vector(repeating: 0x1.8p23)
  return unsafeBitCast(values + shift, to: IntegerVector.self)
    &- unsafeBitCast(shift, to: IntegerVector.self)
}

/// `count` steps of `width` columns to a factor for each column, then words of four steps.
private func narrowBytes(
  _ source: UnsafePointer<Float>, count: Int, width: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  for column in stride(from: 0, to: width, by: vectorWidth) {
    var magnitudes = Magnitudes()
    for step in 0..<count { magnitudes.include(load(source + (step * width + column))) }
    var factor = Vector.zero
    var inverse = Vector.zero
    for lane in 0..<vectorWidth {
      factor[lane] = Magnitudes.factor(magnitudes.largest[lane])
      inverse[lane] = Magnitudes.inverseFactor(magnitudes.largest[lane])
    }
    store(factor + magnitudes.poison, destination + column)
    var target = destination + (width + column)
    for first in stride(from: 0, to: count, by: 4) {
      var word = BitVector.zero
      for step in 0..<4 {
        let values = first + step < count ? load(source + ((first + step) * width + column)) : .zero
        let bits = unsafeBitCast(nearestIntegers(values * inverse), to: BitVector.self)
        word |= ((bits &+ PanelLayout.zeroByte) & 0xff) &<< UInt32(8 * step)
      }
      store(unsafeBitCast(word, to: Vector.self), target)
      target += width
    }
  }
}

/// `count` steps of `width` columns from words of four steps.
@inline(__always)
func widenBytes(
  _ source: UnsafePointer<Float>, factors: UnsafePointer<Float>, count: Int, width: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  for column in stride(from: 0, to: width, by: vectorWidth) {
    let factor = load(factors + column)
    var word = source + column
    var target = destination + column
    for first in stride(from: 0, to: count, by: 4) {
      let bytes = unsafeBitCast(load(word), to: BitVector.self)
      for step in 0..<min(4, count - first) {
        let byte = unsafeBitCast((bytes &>> UInt32(8 * step)) & 0xff, to: IntegerVector.self)
        let number = byte &- Int32(PanelLayout.zeroByte)
        store(floatsOfIntegers(unsafeBitCast(number, to: Vector.self)) * factor, target)
        target += width
      }
      word += width
    }
  }
}

/// Words of four steps, `count` steps in all, to twice as many words of two signed halves.
@inline(__always)
func widenBytesToHalves(
  _ source: UnsafePointer<Float>, count: Int, width: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  let zero = HalvesVector(repeating: UInt16(PanelLayout.zeroByte))
  var source = source
  var destination = destination
  for _ in stride(from: 0, to: count, by: 4) {
    for column in stride(from: 0, to: width, by: vectorWidth) {
      let bytes = unsafeBitCast(load(source + column), to: BitVector.self)
      let earlier = (bytes & 0xff) | ((bytes & 0xff00) &<< 8)
      let later = ((bytes &>> 16) & 0xff) | ((bytes &>> 8) & 0xff_0000)
      store(
        unsafeBitCast(unsafeBitCast(earlier, to: HalvesVector.self) &- zero, to: Vector.self),
        destination + column)
      store(
        unsafeBitCast(unsafeBitCast(later, to: HalvesVector.self) &- zero, to: Vector.self),
        destination + width + column)
    }
    source += width
    destination += 2 * width
  }
}
