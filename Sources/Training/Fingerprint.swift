import TensorCore

/// A 64-bit digest (FNV-1a) that tells configurations, caches and damaged files apart. Not for
/// security.
struct Fingerprint {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func combine(_ text: some StringProtocol) {
    for byte in text.utf8 { add(UInt64(byte)) }
    add(0)
  }

  mutating func combine(_ bytes: [UInt8]) { for byte in bytes { add(UInt64(byte)) } }

  mutating func combine(_ number: UInt64) { add(number) }

  mutating func combine(_ tensor: Tensor) {
    tensor.withFloats { for value in $0 { add(UInt64(value.bitPattern)) } }
  }

  @inline(__always)
  private mutating func add(_ value: UInt64) { state = (state ^ value) &* 0x100_0000_01b3 }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
