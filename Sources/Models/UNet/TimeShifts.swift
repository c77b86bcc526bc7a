import TensorCore

/// Timesteps as the UNet's residual blocks read them.
public struct TimeShifts: Sendable {
  /// Per residual block in the order of computation what is added to every pixel of its inner map,
  /// `[T, C]`.
  let entries: [Tensor]
  /// How many timesteps these are; used with a batch, one for each sample.
  public let count: Int
}

extension TimeShifts {
  /// One of the timesteps, for each of `count` samples. Not recorded.
  package func repeating(_ index: Int, count: Int) -> TimeShifts {
    TimeShifts(
      entries: entries.map { shifts in
        let row = shifts[leading: index..<index + 1].reshaped([shifts.shape[1]])
        return Tensor.stacked(Array(repeating: row, count: count))
      }, count: count)
  }
}
