import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct LayerNormTests {
  static let sizes = [(33, 320), (70, 768), (1, 1), (5, 17), (64, 3), (0, 8), (100, 40)]

  private func layerNorm(
    _ kernels: any KernelSet, _ x: [Float], _ weight: [Float], _ bias: [Float],
    rows: [Range<Int>]
  ) -> (y: [Float], mean: [Float], inverseDeviation: [Float]) {
    let channels = weight.count
    var y = [Float](repeating: .nan, count: x.count)
    var mean = [Float](repeating: .nan, count: x.count / channels)
    var deviation = mean
    for range in rows {
      kernels.layerNorm(
        rows: range, x: x, weight: weight, bias: bias, channelCount: channels, epsilon: 1e-5,
        y: &y, mean: &mean, inverseDeviation: &deviation)
    }
    return (y, mean, deviation)
  }

  private func reference(rows: Int, channels: Int) -> NormalizationReference {
    NormalizationReference(
      sampleCount: rows, pixelCount: 1, channelCount: channels, groupCount: 1, epsilon: 1e-5)
  }

  @Test(arguments: KernelSelection.available, sizes)
  func equalsDefinition(set: InstructionSet, size: (rows: Int, channels: Int)) throws {
    let kernels = try #require(set.kernels)
    let (rows, channels) = size
    let x = normalValues(rows * channels, seed: 1, scale: 3, offset: 0.4)
    let weight = normalValues(channels, seed: 2, offset: 1)
    let bias = normalValues(channels, seed: 3)
    let reference = reference(rows: rows, channels: channels)
    let whole = layerNorm(kernels, x, weight, bias, rows: [0..<rows])
    expectClose(
      whole.y, reference.forward(doubles(x), weight: doubles(weight), bias: doubles(bias)),
      absolute: 1e-5)
    let statistics = reference.statistics(doubles(x))
    expectClose(whole.mean, statistics.mean, absolute: 1e-6, "mean")
    expectClose(
      whole.inverseDeviation, statistics.inverseDeviation, absolute: 0, relative: 2e-6,
      "inverse deviation")
    for split in splits(rows) {
      #expect(layerNorm(kernels, x, weight, bias, rows: split) == whole)
    }
    var y = [Float](repeating: .nan, count: x.count)
    kernels.layerNorm(
      rows: 0..<rows, x: x, weight: weight, bias: bias, channelCount: channels, epsilon: 1e-5,
      y: &y, mean: nil, inverseDeviation: nil)
    #expect(y == whole.y, "without statistics")
  }

  @Test(arguments: KernelSelection.available, sizes)
  func gradientsEqualDefinition(set: InstructionSet, size: (rows: Int, channels: Int)) throws {
    let kernels = try #require(set.kernels)
    let (rows, channels) = size
    let x = normalValues(rows * channels, seed: 1, scale: 3, offset: 0.4)
    let weight = normalValues(channels, seed: 2, offset: 1)
    let bias = normalValues(channels, seed: 3)
    let dy = normalValues(rows * channels, seed: 4)
    let forward = layerNorm(kernels, x, weight, bias, rows: [0..<rows])
    let expected = reference(rows: rows, channels: channels).gradients(
      doubles(x), doubles(dy), weight: doubles(weight), bias: doubles(bias))
    let chunkCount = (rows + kernels.layerNormRowsPerChunk - 1) / kernels.layerNormRowsPerChunk

    let all = try #require(
      commonResult(chunkCount) { chunks in
        var dx = [Float](repeating: .nan, count: x.count)
        var partial = [Float](repeating: .nan, count: chunkCount * 2 * channels)
        for range in chunks {
          kernels.layerNormGradient(
            chunks: range, rowCount: rows, x: x, dy: dy, mean: forward.mean,
            inverseDeviation: forward.inverseDeviation, weight: weight, channelCount: channels,
            dx: &dx, partial: &partial)
        }
        return dx + partial
      })
    expectClose(
      Array(all[..<x.count]), expected.x, absolute: channels == 1 ? 1e-3 : 1e-5, "input")
    var sums = [Double](repeating: 0, count: 2 * channels)
    for (index, value) in all[x.count...].enumerated() {
      sums[index % (2 * channels)] += Double(value)
    }
    expectClose(Array(sums[..<channels]), expected.weight, absolute: 1e-4, "weight")
    expectClose(Array(sums[channels...]), expected.bias, absolute: 1e-4, "bias")
  }

  @Test(arguments: KernelSelection.available)
  func survivesLargeOffsetsAndConstants(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let channels = 100
    let ones = [Float](repeating: 1, count: channels)
    let zeros = [Float](repeating: 0, count: channels)
    let x = normalValues(2 * channels, seed: 1, offset: 1e4)
    let result = layerNorm(kernels, x, ones, zeros, rows: [0..<2])
    let statistics = reference(rows: 2, channels: channels).statistics(doubles(x))
    expectClose(
      result.inverseDeviation, statistics.inverseDeviation, absolute: 0, relative: 1e-5)
    let constant = [Float](repeating: 0.1, count: channels)
    expectClose(
      layerNorm(kernels, constant, ones, zeros, rows: [0..<1]).y, doubles(zeros), absolute: 1e-5)
  }
}
