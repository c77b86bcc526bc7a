import Foundation
import Synchronization
import TensorCore

/// An array of results computed on all threads, in order, or the first error.
package enum ConcurrentMap {
  /// `body(0), body(1), ... body(count - 1)`; after an error no new call is begun, and the error
  /// with the smallest index among those that occurred is thrown.
  package static func map<Result: Sendable>(
    count: Int, _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let state = State<Result>(count: count)
    let next = Atomic<Int>(0)
    // Each thread fetches single indices: the work for one may be many times that for another.
    Parallel.forEachRange(min(count, Parallel.threadCount)) { workers in
      for _ in workers {
        while !state.hasFailed {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < count else { break }
          do {
            state.store(try body(index), at: index)
          } catch {
            state.fail(error, at: index)
          }
        }
      }
    }
    return try state.finished()
  }

  private final class State<Result: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Result?]
    private var failure: (index: Int, error: any Error)?

    init(count: Int) { results = Array(repeating: nil, count: count) }

    var hasFailed: Bool { lock.withLock { failure != nil } }

    func store(_ result: Result, at index: Int) { lock.withLock { results[index] = result } }

    func fail(_ error: any Error, at index: Int) {
      lock.withLock {
        if failure.map({ index < $0.index }) ?? true { failure = (index, error) }
      }
    }

    func finished() throws -> [Result] {
      if let failure { throw failure.error }
      return results.compactMap(\.self)
    }
  }
}
