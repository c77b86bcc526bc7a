/// What it took to give a model its weights, and what they take up then.
public struct WeightWork: Sendable, Equatable {
  /// Of matrices laid out for the kernels, with what fills up their last panels.
  public var packedByteCount = 0
  /// Of everything that is held as it is: vectors, tables, and for training the matrices.
  public var parameterByteCount = 0
  /// Reading and converting elements: time of all threads on a processor, without waiting for a
  /// disk.
  public var readSeconds = 0.0
  /// Laying them out, likewise.
  public var packSeconds = 0.0

  public init() {}

  /// Bytes of all weights in memory.
  public var byteCount: Int { packedByteCount + parameterByteCount }

  public static func += (total: inout WeightWork, more: WeightWork) {
    total.packedByteCount += more.packedByteCount
    total.parameterByteCount += more.parameterByteCount
    total.readSeconds += more.readSeconds
    total.packSeconds += more.packSeconds
  }

  /// Adds the time of `body`, run by the calling thread, to `seconds`.
  package mutating func measure<R>(
    _ seconds: WritableKeyPath<WeightWork, Double>, _ body: () throws -> R
  ) rethrows -> R {
    let start = ProcessorClock.threadSeconds
    defer { self[keyPath: seconds] += ProcessorClock.threadSeconds - start }
    return try body()
  }
}
