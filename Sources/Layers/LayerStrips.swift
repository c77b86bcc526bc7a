import Kernels
import TensorCore

// Layers on maps of one sample that are computed a few rows at a time. Not recorded on tapes.

extension Convolution {
  /// Rows `rows` of the convolution of a map that is `height` rows high, equal to those rows of the
  /// whole convolution up to rounding.
  ///
  /// - Parameters:
  ///   - map: gives the rows `[1, ..., W, C]` of the input that are read.
  ///   - residual: gives `[1, rows, OW, OC]`, added last; called after `map`.
  /// - Returns: `[1, rows, OW, OC]`.
  public func rows(
    _ rows: Range<Int>, height: Int, of map: (Range<Int>) -> Tensor,
    residual: () -> Tensor? = { nil }
  ) -> Tensor {
    let first = rows.lowerBound * stride - padding.top
    let end = (rows.upperBound - 1) * stride - padding.top + weight.shape[1]
    let needed = max(0, first)..<min(height, end)
    // Zeros only where the whole map ends.
    var margins = padding
    margins.top = needed.lowerBound - first
    margins.bottom = end - needed.upperBound
    let input = map(needed)
    return input.convolution(
      weight, bias: bias, stride: stride, padding: margins, residual: residual())
  }
}

extension GroupNorm {
  /// The statistics of a map of which `forEachStrip` shows one strip `[1, rows, W, C]` after the
  /// other.
  public func statistics(_ forEachStrip: ((Tensor) -> Void) -> Void) -> GroupNormStatistics {
    var sums = GroupNormSums(channelCount: weight.value.count)
    forEachStrip { sums.add($0) }
    return sums.statistics(groupCount: groupCount, epsilon: epsilon)
  }

  /// The strips of a map with these statistics, normalised and joined.
  public func callAsFunction(
    _ strips: [Tensor], _ statistics: GroupNormStatistics, activation: Activation = .none
  ) -> Tensor {
    Tensor.groupNorm(
      strips: strips, statistics: statistics, weight: weight, bias: bias, activation: activation)
  }
}
