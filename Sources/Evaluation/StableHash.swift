/// A hash that is the same in every run, unlike Swift's own: FNV-1a, 64 bits.
enum StableHash {
  static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Of several texts, which can't run into each other.
  static func of(_ parts: [String]) -> UInt64 {
    of(parts.joined(separator: "\u{1F}").utf8)
  }
}
