import Foundation
import Platform
import Synchronization

/// Splits loops over the processor's cores. Which thread runs which range never changes a result:
/// kernels compute each element wholly within one range, and reductions use fixed chunks.
public enum Parallel {
  private static let configured = Atomic<Int>(0)

  /// Threads used by ``forEachRange(_:grain:_:)``.
  public static var threadCount: Int {
    let count = configured.load(ordering: .relaxed)
    return count > 0 ? count : availableThreadCount
  }

  /// The cores this process may use.
  public static let availableThreadCount = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// Sets the number of threads; at least 1.
  public static func configure(threads: Int) {
    require(threads >= 1, "at least one thread is needed, not \(threads)")
    configured.store(threads, ordering: .relaxed)
  }

  /// Calls `body` with ranges that together cover `0..<count`, on several threads.
  ///
  /// - Parameters:
  ///   - grain: every range but the last is a multiple of this, so tiles are not torn.
  ///   - body: must not depend on which ranges it gets; it may run on several threads at once.
  public static func forEachRange(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let threads = threadCount
    let grains = (count + grain - 1) / grain
    guard threads > 1, grains > 1 else { return body(0..<count) }
    // A few ranges per thread even out cores that are slowed down by others.
    let grainsPerRange = max(1, grains / (threads * 4))
    let rangeLength = grainsPerRange * grain
    forEachPiece((count + rangeLength - 1) / rangeLength) { index in
      body((index * rangeLength)..<min(count, (index + 1) * rangeLength))
    }
  }

  /// Calls `body` for every index below `count`; each thread takes the next one that is left.
  static func forEachPiece(_ count: Int, _ body: (Int) -> Void) {
    let threads = min(threadCount, count)
    guard threads > 1 else { return (0..<max(count, 0)).forEach(body) }
    if !WorkerPool.shared.run(count, threads: threads, body) { (0..<count).forEach(body) }
  }
}
