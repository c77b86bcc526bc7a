import Dispatch
import Synchronization

/// What a thread of its own makes while others go on.
package final class ConcurrentResult<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let isDone = DispatchSemaphore(value: 0)

  /// Begins at once.
  package init(_ make: @escaping @Sendable () throws -> Value) {
    DispatchQueue.global(qos: .userInitiated).async { [self] in
      let made = Result { try make() }
      result.withLock { $0 = made }
      isDone.signal()
    }
  }

  /// Waits until it is there.
  ///
  /// - Throws: what `make` threw.
  package func value() throws -> Value {
    isDone.wait()
    defer { isDone.signal() }
    guard let made = result.withLock({ $0 }) else { fatalError("a result is done without a value") }
    return try made.get()
  }
}
