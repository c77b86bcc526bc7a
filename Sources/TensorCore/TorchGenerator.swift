import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// PyTorch's random numbers: the same calls in the same order give what a `torch.Generator` of the
/// CPU gives for this seed.
///
/// What equality holds:
/// - Words, `rand` and `randint` are equal on every machine.
/// - `randn` of 16 and more numbers in single precision, or in one of the two half precisions, is
///   equal to the last bit to PyTorch on an x86-64 processor with AVX2 (one with AVX-512 runs the
///   same code). Its plain code, of other processors and of `ATEN_CPU_CAPABILITY=default`, takes
///   the C library's functions; single precision differs from that by up to 3e-6.
/// - `randn` of fewer than 16 numbers, and in double precision, calls this machine's C library as
///   PyTorch does, and is equal to the last bit where both have the same one.
///
/// A value: a copy goes on alike from where the original stands.
///
/// - Source: pytorch 2.15 `ATen/core/MT19937RNGEngine.h`, `ATen/core/DistributionsHelper.h`,
///   `ATen/native/cpu/DistributionTemplates.h`. Golden: `torch-random.safetensors`.
public struct TorchGenerator: Sendable, Hashable {
  /// As given. Reference quirk: only its low 32 bits count, so 0 and 2^32 give the same numbers.
  public let seed: UInt64
  private var words: MersenneTwister
  /// The second number of the last pair of normal ones; see ``normal()``.
  private var keptNormal: Double?

  /// As `torch.Generator().manual_seed(seed)`; a negative seed is its two's complement.
  public init(seed: UInt64) {
    self.seed = seed
    words = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// How many 32-bit words have been drawn.
  public var position: UInt64 { words.position }

  /// The next 32 random bits.
  public mutating func nextWord() -> UInt32 { words.nextWord() }

  /// The next 64 random bits; the high half is drawn first.
  public mutating func nextLongWord() -> UInt64 {
    let high = UInt64(nextWord())
    return high << 32 | UInt64(nextWord())
  }

  /// Uniform in [0, 1), a multiple of 2^-24: one element of `torch.rand` in single precision.
  public mutating func uniformFloat() -> Float { Float(nextWord() & 0xff_ffff) * 0x1p-24 }

  /// Uniform in [0, 1), a multiple of 2^-53: one element of `torch.rand` in double precision.
  public mutating func uniformDouble() -> Double {
    Double(nextLongWord() & 0x1f_ffff_ffff_ffff) * 0x1p-53
  }

  /// Uniform over the integers of `range`: one element of `torch.randint`. The remainder of a
  /// division, so not quite even, as there.
  public mutating func integer(in range: Range<Int>) -> Int {
    require(!range.isEmpty, "an integer can't be drawn from an empty range")
    let count = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
    let word = count >= 1 << 28 ? nextLongWord() : UInt64(nextWord())
    return range.lowerBound &+ Int(truncatingIfNeeded: word % count)
  }

  /// A standard normal number (Box-Muller; the pair's other one is kept for the next call): one
  /// element of a `torch.randn` of fewer than 16.
  mutating func normal() -> Double {
    if let kept = keptNormal {
      keptNormal = nil
      return kept
    }
    let turn = uniformDouble()
    let radius = (-2 * log1p(-uniformDouble())).squareRoot()
    let angle = 2 * Double.pi * turn
    keptNormal = radius * sin(angle)
    return radius * cos(angle)
  }
}
