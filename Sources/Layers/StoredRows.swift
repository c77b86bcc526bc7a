import Platform
import Synchronization
import TensorCore

/// The rows of one stored weight in our order of axes, read where they are wanted: no weight is
/// ever in memory in the file's order, or whole before it is packed.
struct StoredRows {
  private let tensors: any StoredTensors
  private let name: String
  let count: Int
  /// Elements of a row: `I` channels of `kH * kW` taps in the file, taps of channels here.
  let length: Int
  private let channels: Int

  /// - Parameter stored: the axes as stored, `[rows, ..]` or `[O, I, kH, kW]`.
  init(_ tensors: any StoredTensors, _ name: String, stored: [Int]) {
    self.tensors = tensors
    self.name = name
    count = stored.first ?? 1
    length = stored.dropFirst().reduce(1, *)
    channels = stored.count == 4 ? stored[1] : 1
  }

  /// Writes `rows` one after the other; may be called by several threads.
  ///
  /// - Throws: what the file says of elements that can't be read.
  func read(_ rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws {
    guard channels > 1, length > channels else {
      return try tensors.readFloats(
        of: name, elements: rows.lowerBound * length..<rows.upperBound * length, into: destination)
    }
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { row in
      for (index, number) in rows.enumerated() {
        try tensors.readFloats(
          of: name, elements: number * length..<(number + 1) * length, into: row)
        KernelOrder.transpose(
          UnsafeBufferPointer(row), rows: channels,
          into: UnsafeMutableBufferPointer(
            rebasing: destination[index * length..<(index + 1) * length]))
      }
    }
  }

  /// Writes all rows, on several threads.
  ///
  /// - Parameter work: gets the time of it.
  func readAll(
    into destination: UnsafeMutableBufferPointer<Float>, work: inout WeightWork
  ) throws {
    let failure = FirstFailure()
    let total = Mutex(WeightWork())
    // Small ones are not worth a second thread.
    let grain = max(1, (1 << 16) / max(length, 1))
    Parallel.forEachRange(count, grain: grain) { rows in
      var work = WeightWork()
      failure.catching(at: rows.lowerBound) {
        try work.measure(\.readSeconds) {
          try read(
            rows,
            into: UnsafeMutableBufferPointer(
              rebasing: destination[rows.lowerBound * length..<rows.upperBound * length]))
        }
      }
      total.withLock { $0 += work }
    }
    try failure.rethrow()
    work += total.withLock { $0 }
  }
}
