/// 32-bit random words of the Mersenne Twister MT19937, seeded as its authors' `init_genrand`.
///
/// Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
/// pseudo-random number generator", ACM TOMACS 8, 1998.
///
/// A value: copies go on alike from where the original stands. The state takes 2.5 KB.
public struct MersenneTwister: Sendable, Hashable {
  public let seed: UInt32
  /// How many words have been drawn.
  public private(set) var position: UInt64 = 0

  private static let wordCount = 624
  /// How far ahead the word lies that is mixed in.
  private static let middle = 397

  /// The recurrence's last `wordCount` words.
  private var state: [UInt32]
  /// The next word of `state`.
  private var next = wordCount

  public init(seed: UInt32) {
    self.seed = seed
    state = [seed]
    state.reserveCapacity(Self.wordCount)
    var word = seed
    for index in 1..<Self.wordCount {
      word = 1_812_433_253 &* (word ^ word >> 30) &+ UInt32(index)
      state.append(word)
    }
  }

  /// The next 32 random bits.
  public mutating func nextWord() -> UInt32 {
    if next == Self.wordCount { refill() }
    var word = state[next]
    next += 1
    position += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  /// Replaces each word by one step of the recurrence, in order and in place: where the step
  /// reaches past the end it meets words that are new already.
  private mutating func refill() {
    state.withUnsafeMutableBufferPointer { words in
      for index in words.indices {
        let following = words[(index + 1) % Self.wordCount]
        let joined = words[index] & 0x8000_0000 | following & 0x7fff_ffff
        words[index] =
          words[(index + Self.middle) % Self.wordCount] ^ joined >> 1
          ^ (following & 1 == 0 ? 0 : 0x9908_b0df)
      }
    }
    next = 0
  }
}
