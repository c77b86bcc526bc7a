import CVectorIntrinsics

/// Words that are needed next, asked for while others are worked on: large weights come from memory.
/// Evenly, as only so many cache lines can be under way at a time, and without a branch, which would
/// cost the tile its registers.
struct WordsAhead {
  private var next: UnsafeRawPointer
  private let bytesPerTurn: Int

  /// Steps of a tile between two turns.
  @inline(__always) static var stepsPerTurn: Int { 4 }

  /// - Parameters:
  ///   - tileCount: tiles that will ask.
  ///   - stepCount: of each.
  @inline(__always)
  init(_ start: UnsafePointer<Float>, count: Int, tileCount: Int, stepCount: Int) {
    let turns = max(1, tileCount * (stepCount / Self.stepsPerTurn))
    let lineByteCount = 64
    next = UnsafeRawPointer(start)
    bytesPerTurn = min(
      lineByteCount, (count * MemoryLayout<Float>.stride + turns - 1) / turns)
  }

  @inline(__always) mutating func advance() {
    prefetchForReading(next)
    next += bytesPerTurn
  }
}
