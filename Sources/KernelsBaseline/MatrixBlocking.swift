import KernelInterface

/// How products are cut so that their operands stay in the caches. Every length depends on the whole
/// problem only, never on the range a call works on, so that each sum has one order of additions.
enum MatrixBlocking {
  /// Longest run of the reduction between two visits to the result, in words of the operands. A panel's run of 16 columns and a
  /// tile's rows fit into a first-level cache of 32 kB; panels twice as wide meet tiles twice as tall,
  /// and may come from the second level. Channel counts of Stable Diffusion are multiples of 320.
  @inline(__always) static var depth: Int {
    #if KERNELS_AVX512
      512
    #else
      320
    #endif
  }
  @inline(__always) static var mostStepsPerWord: Int { 4 }
  /// Distance between the rows of a gathered block. Not a power of two, so that the rows of a tile
  /// fall into different sets of the first-level cache.
  @inline(__always) static var rowStride: Int { depth + 16 }
  /// Rows of the left operand gathered at a time; a multiple of every tile height.
  @inline(__always) static var rows: Int { 192 }
  /// Reduction rows of a weight gradient between two visits to the result, in words.
  @inline(__always) static var gradientRows: Int { 256 }

  /// The lengths of even blocks of at most `limit` (a multiple of 16) that cover `count`.
  @inline(__always) static func blockLength(covering count: Int, limit: Int) -> Int {
    let blocks = max(1, (count + limit - 1) / limit)
    return min(limit, ((count + blocks - 1) / blocks + 15) & ~15)
  }

  /// The first address at or after `scratch` that begins a cache line; scratch counts include
  /// the room for it.
  @inline(__always)
  static func aligned(_ scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
    let misalignment = Int(bitPattern: scratch) & 63
    return scratch + ((64 - misalignment) & 63) / 4
  }
  static let alignmentRoom = 16
}

/// Where the panels of a packed right operand `[K, N]` lie: each holds, step by step along `K`, two
/// vectors of columns; the last one only one vector if that is enough. In `bf16` a word holds two
/// steps, in `int8` four, the earliest one in its lowest bits; the last word is filled up with zeros.
/// Bytes hold the number plus ``zeroByte``, and each column begins with a word that is its factor.
struct PanelLayout {
  let k: Int
  let n: Int
  var precision = WeightPrecision.fp32

  @inline(__always) static var width: Int { TwoVectors.width }
  /// What stands for 0 in `int8`.
  @inline(__always) static var zeroByte: UInt32 { 128 }

  @inline(__always) var count: Int { (n + Self.width - 1) / Self.width }

  /// Words of a column.
  @inline(__always) var depth: Int { factorWords + (k + stepsPerWord - 1) / stepsPerWord }

  @inline(__always) var stepsPerWord: Int {
    switch precision {
    case .fp32: 1
    case .bf16: 2
    case .int8: 4
    }
  }

  /// Words of a column before its numbers.
  @inline(__always) var factorWords: Int { precision == .int8 ? 1 : 0 }

  /// Words of all panels.
  var wordCount: Int {
    count == 0 ? 0 : (count - 1) * Self.width * depth + width(ofPanel: count - 1) * depth
  }

  @inline(__always) func columns(ofPanel panel: Int) -> Range<Int> {
    panel * Self.width..<min(n, (panel + 1) * Self.width)
  }

  @inline(__always) func width(ofPanel panel: Int) -> Int {
    columns(ofPanel: panel).count <= OneVector.width ? OneVector.width : Self.width
  }

  @inline(__always) func offset(ofPanel panel: Int) -> Int { panel * Self.width * depth }
}
