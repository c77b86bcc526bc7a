import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct DataMovementTests {
  @Test(arguments: KernelSelection.available, [(2, 5, 320), (3, 70, 7), (0, 3, 4), (2, 129, 16)])
  func perSampleSums(
    set: InstructionSet, size: (samples: Int, rows: Int, channels: Int)
  ) throws {
    let kernels = try #require(set.kernels)
    let (samples, rows, channels) = size
    let x = normalValues(samples * rows * channels, seed: 1)
    let v = normalValues(samples * channels, seed: 2)
    let y = try #require(
      commonResult(samples * rows) { ranges in
        var y = [Float](repeating: .nan, count: x.count)
        for range in ranges {
          kernels.addPerSample(
            rows: range, channelCount: channels, rowsPerSample: rows, x: x, v: v, y: &y)
        }
        return y
      })
    #expect(
      y
        == x.indices.map {
          x[$0] + v[$0 / (rows * channels) * channels + $0 % channels]
        })
    let sums = try #require(
      commonResult(samples) { ranges in
        var sums = [Float](repeating: .nan, count: samples * channels)
        for range in ranges {
          kernels.sumPerSample(
            samples: range, channelCount: channels, rowsPerSample: rows, x: x, sums: &sums)
        }
        return sums
      })
    var expected = [Double](repeating: 0, count: samples * channels)
    for index in x.indices {
      expected[index / (rows * channels) * channels + index % channels] += Double(x[index])
    }
    expectClose(sums, expected, absolute: 1e-5)
  }

  @Test(arguments: KernelSelection.available, [1, 5, 16, 35])
  func copiesColumns(set: InstructionSet, width: Int) throws {
    let kernels = try #require(set.kernels)
    let rows = 6
    let (xStride, yStride) = (width + 3, width + 5)
    let x = normalValues(rows * xStride, seed: 1)
    let old = normalValues(rows * yStride, seed: 2)
    for accumulates in [false, true] {
      let y = try #require(
        commonResult(rows) { ranges in
          var y = old
          for range in ranges {
            kernels.copyColumns(
              rows: range, width: width, x: x, xStride: xStride, xOffset: 1, y: &y,
              yStride: yStride, yOffset: 4, accumulates: accumulates)
          }
          return y
        })
      var expected = old
      for row in 0..<rows {
        for column in 0..<width {
          let target = row * yStride + 4 + column
          let value = x[row * xStride + 1 + column]
          expected[target] = accumulates ? expected[target] + value : value
        }
      }
      #expect(y == expected)
    }
  }

  @Test(arguments: KernelSelection.available, [(2, 3, 5, 7), (1, 1, 1, 16), (1, 4, 2, 40)])
  func doublesPictures(
    set: InstructionSet, size: (samples: Int, height: Int, width: Int, channels: Int)
  ) throws {
    let kernels = try #require(set.kernels)
    let (samples, height, width, channels) = size
    let x = normalValues(samples * height * width * channels, seed: 1)
    let dy = normalValues(4 * x.count, seed: 2)
    let lines = samples * height
    let y = try #require(
      commonResult(lines) { ranges in
        var y = [Float](repeating: .nan, count: 4 * x.count)
        for range in ranges {
          kernels.upsampleNearest(
            rows: range, width: width, channelCount: channels, x: x, y: &y)
        }
        return y
      })
    let dx = try #require(
      commonResult(lines) { ranges in
        var dx = [Float](repeating: .nan, count: x.count)
        for range in ranges {
          kernels.upsampleNearestGradient(
            rows: range, width: width, channelCount: channels, dy: dy, dx: &dx)
        }
        return dx
      })
    var expected = [Float](repeating: 0, count: y.count)
    var gradient = [Double](repeating: 0, count: x.count)
    for line in 0..<2 * lines {
      for column in 0..<2 * width {
        for channel in 0..<channels {
          let output = (line * 2 * width + column) * channels + channel
          let input = (line / 2 * width + column / 2) * channels + channel
          expected[output] = x[input]
          gradient[input] += Double(dy[output])
        }
      }
    }
    #expect(y == expected)
    expectClose(dx, gradient, absolute: 1e-6)
  }
}
