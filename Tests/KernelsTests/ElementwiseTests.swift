import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  static let count = 103

  /// Runs `body` over `count` elements in all splits.
  private func run(
    _ count: Int = Self.count,
    _ body: (Range<Int>, inout [Float]) -> Void
  ) throws -> [Float] {
    try #require(
      commonResult(count) { ranges in
        var y = [Float](repeating: .nan, count: count)
        for range in ranges { body(range, &y) }
        return y
      }, "the result depends on how the range is split")
  }

  @Test(arguments: KernelSelection.available)
  func arithmetic(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let a = normalValues(Self.count, seed: 1)
    let b = normalValues(Self.count, seed: 2)
    expectClose(
      try run { kernels.combine($0, a: a, alpha: 0.7, b: b, beta: -1.3, y: &$1) },
      zip(a, b).map { Double($0) * Double(0.7 as Float) + Double($1) * Double(-1.3 as Float) },
      absolute: 5e-7, "combine")
    expectClose(
      try run { kernels.affine($0, x: a, scale: 3, offset: -0.25, y: &$1) },
      a.map { Double($0) * 3 - 0.25 }, absolute: 1e-6, "affine")
    #expect(try run { kernels.multiply($0, a: a, b: b, y: &$1) } == zip(a, b).map { $0 * $1 })
  }

  @Test(arguments: KernelSelection.available)
  func clampKeepsNaN(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    var x = normalValues(Self.count, seed: 1, scale: 2)
    x[50] = .nan
    (x[51], x[52]) = (.infinity, -.infinity)
    let y = try run { kernels.clamp($0, x: x, lower: -1, upper: 0.5, y: &$1) }
    #expect(y[50].isNaN)
    (x[50], x[51], x[52]) = (0, 0.5, -1)
    let finite = try run { kernels.clamp($0, x: x, lower: -1, upper: 0.5, y: &$1) }
    #expect(finite == x.map { min(max($0, -1), 0.5) })
    #expect(y[51] == 0.5 && y[52] == -1)
  }

  @Test(arguments: KernelSelection.available)
  func exponentialCoversTheWholeRange(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let x = (0..<20_001).map { Float(-104 + 192.7 * Double($0) / 20_000) }
    let y = try run(x.count) { kernels.exponential($0, x: x, y: &$1) }
    expectClose(
      y, x.map { PointwiseReference.exponential(Double($0)) }, absolute: 0x1p-149,
      relative: 5e-7)
    let ends: [Float] = [.infinity, 89, -.infinity, -110, 0, .nan]
    var limits = ends
    kernels.exponential(0..<6, x: ends, y: &limits)
    #expect(Array(limits[..<5]) == [.infinity, .infinity, 0, 0, 1])
    #expect(limits[5].isNaN)
  }

  @Test(arguments: KernelSelection.available, [(5, 77), (3, 1), (2, 16), (0, 4), (4, 1000)])
  func softmaxEqualsDefinition(set: InstructionSet, size: (rows: Int, channels: Int)) throws {
    let kernels = try #require(set.kernels)
    let (rows, channels) = size
    let x = normalValues(rows * channels, seed: 1, scale: 30)
    let dy = normalValues(rows * channels, seed: 2)
    func run(_ body: (Range<Int>, inout [Float]) -> Void) throws -> [Float] {
      try #require(
        commonResult(rows) { ranges in
          var y = [Float](repeating: .nan, count: rows * channels)
          for range in ranges { body(range, &y) }
          return y
        })
    }
    let y = try run { kernels.softmax(rows: $0, channelCount: channels, x: x, y: &$1) }
    let expected = (0..<rows).flatMap { row in
      PointwiseReference.softmax(x[row * channels..<(row + 1) * channels].map(Double.init))
    }
    // Differences of a hundred are rounded by 4e-6, which the exponential makes relative.
    expectClose(y, expected, absolute: 1e-37, relative: 1e-5)
    let dx = try run {
      kernels.softmaxGradient(rows: $0, channelCount: channels, y: y, dy: dy, dx: &$1)
    }
    let gradient = (0..<rows).flatMap { row in
      let range = row * channels..<(row + 1) * channels
      let total = range.reduce(0) { $0 + expected[$1] * Double(dy[$1]) }
      return range.map { expected[$0] * (Double(dy[$0]) - total) }
    }
    expectClose(dx, gradient, absolute: 3e-6)
  }

  @Test(arguments: KernelSelection.available)
  func softmaxOfExtremeRows(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let x: [Float] = [3e38, -3e38, 0, -.infinity, -.infinity, 5, .nan, 1, 2]
    var y = x
    kernels.softmax(rows: 0..<3, channelCount: 3, x: x, y: &y)
    #expect(Array(y[..<6]) == [1, 0, 0, 0, 0, 1])
    #expect(y[6].isNaN && y[7].isNaN && y[8].isNaN)
  }

  @Test(arguments: KernelSelection.available)
  func reductionsAddInDouble(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let a = normalValues(1003, seed: 1, offset: 1e4)
    let b = normalValues(1003, seed: 2, offset: 1e4)
    let range = 3..<1001
    let sums = kernels.sums(range, x: a)
    let expected = range.map { Double(a[$0]) }
    let differences = range.map { Double(a[$0]) - Double(b[$0]) }
    let actual: [Double] = [
      sums.sum, sums.squares, kernels.squaredDistance(range, a: a, b: b),
      kernels.absoluteDistance(range, a: a, b: b),
    ]
    let definition: [Double] = [
      expected.reduce(0, +), expected.reduce(0) { $0 + $1 * $1 },
      differences.reduce(0) { $0 + $1 * $1 }, differences.reduce(0) { $0 + abs($1) },
    ]
    expectClose(actual, definition, absolute: 0, relative: 1e-13)
    #expect(kernels.sums(5..<5, x: a) == (0, 0))
  }

  @Test func reductionsAgreeBetweenInstructionSets() {
    let a = normalValues(777, seed: 1)
    let sums = KernelSelection.available.compactMap { $0.kernels?.sums(0..<777, x: a) }
    #expect(sums.allSatisfy { $0 == sums[0] })
  }
}
