import Synchronization

/// Keeps the error of the earliest place of a loop that several threads work on, so that what is
/// thrown does not depend on their order.
package final class FirstFailure: Sendable {
  private let earliest = Mutex<(place: Int, error: any Error)?>(nil)

  package init() {}

  /// Runs `body`, the work at `place`.
  package func catching(at place: Int, _ body: () throws -> Void) {
    do {
      try body()
    } catch {
      earliest.withLock { earliest in
        if earliest.map({ place < $0.place }) ?? true { earliest = (place, error) }
      }
    }
  }

  /// Throws what was kept.
  package func rethrow() throws {
    if let error = earliest.withLock({ $0?.error }) { throw error }
  }
}
