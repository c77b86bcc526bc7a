import Synchronization

/// Scratch memory for all threads of one operation, taken from the pool in one piece: how many
/// threads really come then changes nothing about what the pool holds.
package final class ThreadScratch: Sendable {
  private let storage: Storage
  private let count: Int
  private let free: Mutex<[Int]>

  /// - Parameter count: floats of each thread.
  package init(count: Int, threads: Int) {
    // Whole cache lines, which no two threads share.
    self.count = (max(count, 1) + 15) & ~15
    storage = Storage(count: self.count * threads)
    free = Mutex(Array(0..<threads))
  }

  /// Runs `body` with a part that no other thread has meanwhile.
  package func withPart<R>(_ body: (UnsafeMutablePointer<Float>) throws -> R) rethrows -> R {
    // More threads than were foreseen: only after their number was configured anew.
    guard let part = free.withLock({ $0.popLast() }) else { return try withScratch(count, body) }
    defer { free.withLock { $0.append(part) } }
    return try body(storage.base + part * count)
  }
}

extension Parallel {
  /// Like ``forEachRange(_:grain:_:)``, with scratch memory for `scratchCount` floats, uninitialised
  /// for every range.
  static func forEachRange(
    _ count: Int, grain: Int = 1, scratchCount: Int,
    _ body: (Range<Int>, _ scratch: UnsafeMutablePointer<Float>) -> Void
  ) {
    let scratch = ThreadScratch(count: scratchCount, threads: threadCount)
    forEachRange(count, grain: grain) { range in
      scratch.withPart { body(range, $0) }
    }
  }
}
