/// A 64-bit digest (FNV-1a) that tells configurations and caches apart. Not for security.
struct Fingerprint {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func combine(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0)
  }

  mutating func combine(_ values: UnsafeBufferPointer<Float>) {
    for value in values {
      state = (state ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
    }
  }

  private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
