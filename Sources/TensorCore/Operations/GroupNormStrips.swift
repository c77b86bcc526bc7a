import Kernels
import Platform

/// Mean and inverse deviation of every group of one sample's map.
public struct GroupNormStatistics: Sendable {
  /// `[1, G]`.
  let mean: Tensor
  /// `[1, G]`.
  let inverseDeviation: Tensor
}

/// The sums behind ``GroupNormStatistics``, taken strip by strip from a map that is never there as a
/// whole. Strips may have any height; the result differs from that of the whole map in the order of
/// additions in Double only.
public struct GroupNormSums {
  private let channelCount: Int
  private var pixelCount = 0
  /// `[C]`; the map's first pixel, which is near enough to the mean to keep the sums accurate.
  private var pivot: Tensor?
  /// Sums, then sums of squares about the pivot.
  private var totals: [Double]

  public init(channelCount: Int) {
    self.channelCount = channelCount
    totals = Array(repeating: 0, count: 2 * channelCount)
  }

  /// - Parameter strip: `[1, rows, W, C]`.
  public mutating func add(_ strip: Tensor) {
    require(
      strip.shape.rank == 4 && strip.shape[0] == 1 && strip.shape[3] == channelCount,
      "a strip of \(channelCount) channels is [1, rows, W, \(channelCount)], not \(strip.shape)")
    guard strip.count > 0 else { return }
    let span = OperationProfile.begin("groupNorm")
    defer { span.end() }
    let pivot =
      self.pivot ?? Tensor(strip.withFloats { Array($0[..<channelCount]) }, shape: [channelCount])
    self.pivot = pivot
    let pixels = strip.shape[1] * strip.shape[2]
    let chunkCount = (pixels + kernels.pixelsPerChunk - 1) / kernels.pixelsPerChunk
    withScratch(chunkCount * totals.count) { partial in
      Parallel.forEachRange(chunkCount) { chunks in
        kernels.groupNormPartialSums(
          chunks: chunks, x: strip.base, pivot: pivot.base, pixelCount: pixels,
          channelCount: channelCount, partial: partial)
      }
      totals.withUnsafeMutableBufferPointer { totals in
        for chunk in 0..<chunkCount {
          let sums = partial + chunk * totals.count
          for index in totals.indices { totals[index] += Double(sums[index]) }
        }
      }
    }
    pixelCount += pixels
  }

  /// - Parameter epsilon: added to the variance.
  public func statistics(groupCount: Int, epsilon: Float) -> GroupNormStatistics {
    require(
      groupCount > 0 && channelCount % groupCount == 0,
      "group norm: \(groupCount) groups do not divide \(channelCount) channels")
    let width = channelCount / groupCount
    let pixels = Double(max(pixelCount, 1))
    let centre = pivot?.floats ?? Array(repeating: 0, count: channelCount)
    var means: [Float] = []
    var inverseDeviations: [Float] = []
    for group in 0..<groupCount {
      let channels = group * width..<(group + 1) * width
      let channelMeans = channels.map { Double(centre[$0]) + totals[$0] / pixels }
      let mean = channelMeans.reduce(0, +) / Double(width)
      var variance = 0.0
      for (channel, channelMean) in zip(channels, channelMeans) {
        let shift = totals[channel] / pixels
        let ownVariance = totals[channelCount + channel] / pixels - shift * shift
        variance += ownVariance + (channelMean - mean) * (channelMean - mean)
      }
      variance /= Double(width)
      means.append(Float(mean))
      // Rounding may leave a constant group just below zero; NaN has to stay.
      variance = variance < 0 ? 0 : variance
      inverseDeviations.append(Float(1 / (variance + Double(epsilon)).squareRoot()))
    }
    return GroupNormStatistics(
      mean: Tensor(means, shape: [1, groupCount]),
      inverseDeviation: Tensor(inverseDeviations, shape: [1, groupCount]))
  }
}

extension Tensor {
  /// The strips `[1, rows, W, C]` normalised by the statistics of the map that they are part of, one
  /// below the other: `[1, sum of rows, W, C]`. Not recorded.
  public static func groupNorm(
    strips: [Tensor], statistics: GroupNormStatistics, weight: Parameter, bias: Parameter,
    activation: Activation = .none
  ) -> Tensor {
    let output = Tensor(uninitialized: shape(ofStrips: strips))
    let channelCount = output.shape[3]
    let groupCount = statistics.mean.count
    require(
      weight.value.count == channelCount && bias.value.count == channelCount
        && channelCount % groupCount == 0,
      "group norm: \(groupCount) groups and weight \(weight.value.shape) do not fit "
        + "\(output.shape)")
    let span = OperationProfile.begin("groupNorm")
    defer { span.end() }
    var offset = 0
    for strip in strips {
      let pixelCount = strip.shape[1] * strip.shape[2]
      Parallel.forEachRange(pixelCount, grain: 16) { rows in
        kernels.groupNormApply(
          rows: rows, x: strip.base, mean: statistics.mean.base,
          inverseDeviation: statistics.inverseDeviation.base, weight: weight.value.base,
          bias: bias.value.base, pixelCount: pixelCount, channelCount: channelCount,
          groupCount: groupCount, activation: activation, y: output.mutableBase + offset)
      }
      offset += strip.count
    }
    withExtendedLifetime(strips) {}
    return output
  }
}
