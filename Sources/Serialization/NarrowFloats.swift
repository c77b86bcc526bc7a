/// Conversions between `Float` and the two 16-bit formats, branch-free so that loops over them are
/// vectorised on any instruction set. (`Float16` of the standard library is a function call per
/// element where the target has no F16C.)
package enum NarrowFloats {
  /// IEEE binary16 to `Float`, exact; NaN payloads are kept.
  @inline(__always)
  package static func widenHalf(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let magnitude = UInt32(half & 0x7fff) << 13
    // Normal numbers: the exponent bias moves from 15 to 127, and again for infinities and NaN.
    let rebias: UInt32 = 112 << 23
    let normal = magnitude &+ rebias
    let special = normal &+ rebias
    // Subnormal numbers: m * 2^-24 is (2^-14 + m * 2^-24) - 2^-14, exact, and needs no subnormal
    // `Float`, so it does not depend on the processor's flush modes.
    let offset: UInt32 = 113 << 23
    let small = (Float(bitPattern: magnitude &+ offset) - Float(bitPattern: offset)).bitPattern
    let finite = magnitude < (1 << 23) ? small : normal
    return Float(bitPattern: sign | (magnitude >= (31 << 23) ? special : finite))
  }

  /// bfloat16 to `Float`, exact.
  @inline(__always)
  package static func widenBrainFloat(_ brainFloat: UInt16) -> Float {
    Float(bitPattern: UInt32(brainFloat) << 16)
  }

  /// `Float` to IEEE binary16, to nearest, ties to even; too large becomes infinity.
  @inline(__always)
  package static func narrowToHalf(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: (bits & 0x8000_0000) >> 16)
    let magnitude = bits & 0x7fff_ffff
    // Below 2^-14: adding 0.5 puts the half's last place at the float's last place, so the addition
    // itself rounds to nearest even.
    let half: UInt32 = 126 << 23
    let small = (Float(bitPattern: magnitude) + Float(bitPattern: half)).bitPattern &- half
    let lastPlace = (magnitude >> 13) & 1
    let normal = (magnitude &- (112 << 23) &+ 0xfff &+ lastPlace) >> 13
    let finite = magnitude < (113 << 23) ? small : normal
    let saturated = magnitude >= (143 << 23) ? 0x7c00 : finite
    // NaN: quiet, with the leading bits of its payload.
    let nan = 0x7e00 | ((magnitude >> 13) & 0x1ff)
    return sign | UInt16(truncatingIfNeeded: magnitude > 0x7f80_0000 ? nan : saturated)
  }

  /// `Float` to bfloat16, to nearest, ties to even; too large becomes infinity.
  @inline(__always)
  package static func narrowToBrainFloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16
    let nan = (bits >> 16) | 0x40
    return UInt16(truncatingIfNeeded: bits & 0x7fff_ffff > 0x7f80_0000 ? nan : rounded)
  }
}
