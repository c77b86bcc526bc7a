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

/// The bits of `values`, rounded to 16 of them, the lower ones zero. Infinities stay; there are no NaNs.
@inline(__always)
private func roundedToUpperHalf(_ values: Vector) -> BitVector {
  let bits = unsafeBitCast(values, to: BitVector.self)
  let lastKept = (bits &>> 16) & 1
  return (bits &+ 0x7fff &+ lastKept) & 0xffff_0000
}

/// `count` steps of `width` columns to words of two steps.
private func narrowPairs(
  _ source: UnsafePointer<Float>, count: Int, width: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  var source = source
  var destination = destination
  var rest = count
  while rest > 0 {
    for column in stride(from: 0, to: width, by: vectorWidth) {
      let first = roundedToUpperHalf(load(source + column))
      let second = rest > 1 ? roundedToUpperHalf(load(source + width + column)) : .zero
      store(unsafeBitCast((first &>> 16) | second, to: Vector.self), destination + column)
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
      let pair = unsafeBitCast(load(source + column), to: BitVector.self)
      store(unsafeBitCast(pair &<< 16, to: Vector.self), destination + column)
      if rest > 1 {
        store(unsafeBitCast(pair & 0xffff_0000, to: Vector.self), destination + width + column)
      }
    }
    source += width
    destination += 2 * width
    rest -= 2
  }
}
