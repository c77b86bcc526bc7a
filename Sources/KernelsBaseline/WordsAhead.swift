import CVectorIntrinsics

/// Words that are needed next, asked for a part at a time while others are worked on: large weights
/// come from memory.
struct WordsAhead {
  private var next: UnsafePointer<Float>
  private let end: UnsafePointer<Float>
  private let wordsPerTurn: Int

  /// - Parameter turns: how often ``advance()`` will be called.
  @inline(__always) init(_ start: UnsafePointer<Float>, count: Int, turns: Int) {
    next = start
    end = start + count
    wordsPerTurn = (count / max(1, turns) + Self.lineWords) & ~(Self.lineWords - 1)
  }

  /// Floats of a cache line.
  private static var lineWords: Int { 16 }

  @inline(__always) mutating func advance() {
    let limit = min(end, next + wordsPerTurn)
    while next < limit {
      prefetchForReading(next)
      next += Self.lineWords
    }
  }
}
