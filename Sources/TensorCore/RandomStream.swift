import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Counter-based random numbers: Philox 4x32 with ten rounds (Salmon et al., "Parallel random
/// numbers: as easy as 1, 2, 3", SC 2011). The same seed, stream and position give the same number
/// on every machine and in any order of use, and the whole state is three integers.
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable, Codable {
  /// What the numbers depend on.
  public let seed: UInt64
  /// Independent sequences of one seed.
  public let stream: UInt64
  /// How many 32-bit words have been drawn.
  public private(set) var position: UInt64

  private var block: SIMD4<UInt32> = .zero
  private var blockIndex = UInt64.max

  public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
    self.position = position
  }

  /// A stream of its own for a named or numbered purpose, independent of how far this one is.
  public func substream(_ index: UInt64) -> RandomStream {
    let key = Self.philox(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
        UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
      key: SIMD2(
        UInt32(truncatingIfNeeded: seed) ^ 0x5bd1_e995, UInt32(truncatingIfNeeded: seed >> 32)))
    return RandomStream(seed: seed, stream: UInt64(key[0]) | UInt64(key[1]) << 32)
  }

  /// The next 32 random bits.
  public mutating func nextWord() -> UInt32 {
    let index = position >> 2
    if index != blockIndex {
      block = Self.philox(
        counter: SIMD4(
          UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
          UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
        key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
      blockIndex = index
    }
    let word = block[Int(position & 3)]
    position += 1
    return word
  }

  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in `range`.
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform over the integers of `range`.
  public mutating func integer(in range: Range<Int>) -> Int {
    require(!range.isEmpty, "an integer can't be drawn from an empty range")
    return Int.random(in: range, using: &self)
  }

  /// A standard normal number (Box-Muller, one of the pair; two words are used).
  public mutating func normal() -> Double {
    let radius = (Double(nextWord()) + 0.5) * 0x1p-32
    let angle = Double(nextWord()) * 0x1p-32
    return (-2 * log(radius)).squareRoot() * cos(2 * Double.pi * angle)
  }

  /// One of `elements`, uniformly.
  public mutating func element<C: RandomAccessCollection>(of elements: C) -> C.Element {
    let offset = integer(in: 0..<elements.count)
    return elements[elements.index(elements.startIndex, offsetBy: offset)]
  }

  /// Fills `values` with standard normal numbers.
  public mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Float>) {
    for index in values.indices { values[index] = Float(normal()) }
  }

  public static func == (a: RandomStream, b: RandomStream) -> Bool {
    a.seed == b.seed && a.stream == b.stream && a.position == b.position
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(seed)
    hasher.combine(stream)
    hasher.combine(position)
  }

  private enum CodingKeys: String, CodingKey { case seed, stream, position }

  /// Ten Philox rounds; multipliers and key increments from the paper's table 2.
  static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(counter[0]) * 0xD251_1F53
      let second = UInt64(counter[2]) * 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter[1] ^ key[0],
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter[3] ^ key[1],
        UInt32(truncatingIfNeeded: first))
      key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
    }
    return counter
  }
}
