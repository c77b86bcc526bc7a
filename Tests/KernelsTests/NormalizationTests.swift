import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct NormalizationTests {
  struct Size: Sendable, CustomTestStringConvertible {
    var samples: Int
    var pixels: Int
    var channels: Int
    var groups: Int
    init(_ samples: Int, _ pixels: Int, _ channels: Int, _ groups: Int) {
      (self.samples, self.pixels, self.channels, self.groups) = (samples, pixels, channels, groups)
    }
    var testDescription: String { "[\(samples), \(pixels), \(channels)] in \(groups)" }

    var count: Int { samples * pixels * channels }

    func reference(epsilon: Double = 1e-5) -> NormalizationReference {
      NormalizationReference(
        sampleCount: samples, pixelCount: pixels, channelCount: channels, groupCount: groups,
        epsilon: epsilon)
    }
  }

  /// Groups inside, across and wider than a vector; whole, partial and single-pixel chunks.
  static let sizes = [
    Size(2, 70, 320, 32), Size(1, 131, 96, 32), Size(3, 5, 21, 3), Size(2, 64, 8, 8),
    Size(1, 1, 6, 2), Size(2, 130, 33, 1), Size(1, 257, 128, 32), Size(0, 10, 8, 2),
  ]

  /// All phases of group norm on one input.
  struct GroupNorm {
    var kernels: any KernelSet
    var size: Size
    var x: [Float]
    var weight: [Float]
    var bias: [Float]
    var activation: Activation
    var epsilon: Float = 1e-5
    var pivot: [Float]

    init(
      _ kernels: any KernelSet, _ size: Size, _ activation: Activation, offset: Double = 0.5,
      scale: Double = 2
    ) {
      self.kernels = kernels
      self.size = size
      self.activation = activation
      x = normalValues(size.count, seed: 1, scale: scale, offset: offset)
      weight = normalValues(size.channels, seed: 2, offset: 1)
      bias = normalValues(size.channels, seed: 3)
      pivot = []
      takeFirstPixelsAsPivot()
    }

    mutating func takeFirstPixelsAsPivot() {
      pivot = (0..<size.samples).flatMap {
        x[$0 * size.pixels * size.channels..<($0 * size.pixels * size.channels + size.channels)]
      }
    }

    var chunkCount: Int {
      size.samples * ((size.pixels + kernels.pixelsPerChunk - 1) / kernels.pixelsPerChunk)
    }

    func partialSums(_ chunks: [Range<Int>]) -> [Float] {
      var partial = [Float](repeating: .nan, count: chunkCount * 2 * size.channels)
      for range in chunks {
        kernels.groupNormPartialSums(
          chunks: range, x: x, pivot: pivot, pixelCount: size.pixels,
          channelCount: size.channels, partial: &partial)
      }
      return partial
    }

    func statistics() -> (mean: [Float], inverseDeviation: [Float]) {
      let partial = partialSums([0..<chunkCount])
      var mean = [Float](repeating: .nan, count: size.samples * size.groups)
      var deviation = mean
      kernels.groupNormStatistics(
        samples: 0..<size.samples, partial: partial, pivot: pivot, pixelCount: size.pixels,
        channelCount: size.channels, groupCount: size.groups, epsilon: epsilon, mean: &mean,
        inverseDeviation: &deviation)
      return (mean, deviation)
    }

    func apply(_ rows: [Range<Int>]) -> [Float] {
      let (mean, deviation) = statistics()
      var y = [Float](repeating: .nan, count: size.count)
      for range in rows {
        kernels.groupNormApply(
          rows: range, x: x, mean: mean, inverseDeviation: deviation, weight: weight, bias: bias,
          pixelCount: size.pixels, channelCount: size.channels, groupCount: size.groups,
          activation: activation, y: &y)
      }
      return y
    }

    func gradients(
      _ dy: [Float], chunks: [Range<Int>], rows: [Range<Int>]
    ) -> (x: [Float], weight: [Float], bias: [Float]) {
      let (mean, deviation) = statistics()
      var partial = [Float](repeating: .nan, count: chunkCount * 2 * size.channels)
      for range in chunks {
        kernels.groupNormGradientPartialSums(
          chunks: range, x: x, dy: dy, mean: mean, inverseDeviation: deviation, weight: weight,
          bias: bias, pixelCount: size.pixels, channelCount: size.channels,
          groupCount: size.groups, activation: activation, partial: &partial)
      }
      var groupSums = [Float](repeating: .nan, count: size.samples * size.groups * 2)
      var dWeight = [Float](repeating: .nan, count: size.channels)
      var dBias = dWeight
      kernels.groupNormGradientSums(
        partial: partial, weight: weight, sampleCount: size.samples, pixelCount: size.pixels,
        channelCount: size.channels, groupCount: size.groups, groupSums: &groupSums,
        weightGradient: &dWeight, biasGradient: &dBias)
      var dx = [Float](repeating: .nan, count: size.count)
      for range in rows {
        kernels.groupNormGradientApply(
          rows: range, x: x, dy: dy, mean: mean, inverseDeviation: deviation, weight: weight,
          bias: bias, groupSums: groupSums, pixelCount: size.pixels,
          channelCount: size.channels, groupCount: size.groups, activation: activation, dx: &dx)
      }
      return (dx, dWeight, dBias)
    }
  }

  @Test(arguments: KernelSelection.available, sizes)
  func groupNormEqualsDefinition(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    for activation in [Activation.none, .silu] {
      let run = GroupNorm(kernels, size, activation)
      let reference = size.reference()
      let expected = reference.statistics(doubles(run.x))
      let actual = run.statistics()
      expectClose(actual.mean, expected.mean, absolute: 1e-6, "mean")
      expectClose(
        actual.inverseDeviation, expected.inverseDeviation, absolute: 0, relative: 2e-6,
        "inverse deviation")
      let y = try #require(commonResult(size.samples * size.pixels) { run.apply($0) })
      expectClose(
        y,
        reference.forward(
          doubles(run.x), weight: doubles(run.weight), bias: doubles(run.bias),
          activation: activation), absolute: 1e-5, "\(activation)")
      _ = try #require(commonResult(run.chunkCount) { run.partialSums($0) })
    }
  }

  @Test(arguments: KernelSelection.available, sizes)
  func groupNormGradientsEqualDefinition(set: InstructionSet, size: Size) throws {
    let kernels = try #require(set.kernels)
    for activation in [Activation.none, .silu] {
      let run = GroupNorm(kernels, size, activation)
      let dy = normalValues(size.count, seed: 4)
      let expected = size.reference().gradients(
        doubles(run.x), doubles(dy), weight: doubles(run.weight), bias: doubles(run.bias),
        activation: activation)
      let rowCount = size.samples * size.pixels
      let whole = run.gradients(dy, chunks: [0..<run.chunkCount], rows: [0..<rowCount])
      expectClose(whole.x, expected.x, absolute: 2e-5, relative: 1e-5, "\(activation) input")
      expectClose(whole.weight, expected.weight, absolute: 1e-4, "\(activation) weight")
      expectClose(whole.bias, expected.bias, absolute: 1e-4, "\(activation) bias")
      for (chunks, rows) in zip(splits(run.chunkCount), splits(rowCount)) {
        #expect(run.gradients(dy, chunks: chunks, rows: rows) == whole)
      }
    }
  }

  @Test(arguments: KernelSelection.available)
  func groupNormSurvivesLargeOffsets(set: InstructionSet) throws {
    // A mean ten thousand times the deviation, where sums of squares about zero would be useless.
    let kernels = try #require(set.kernels)
    let size = Size(2, 200, 16, 4)
    let run = GroupNorm(kernels, size, .none, offset: 1e4, scale: 1)
    let expected = size.reference().statistics(doubles(run.x))
    let actual = run.statistics()
    expectClose(actual.mean, expected.mean, absolute: 1e-3)
    expectClose(
      actual.inverseDeviation, expected.inverseDeviation, absolute: 0, relative: 1e-5)
  }

  @Test(arguments: KernelSelection.available)
  func constantGroupsGiveTheBias(set: InstructionSet) throws {
    let kernels = try #require(set.kernels)
    let size = Size(1, 77, 12, 3)
    var run = GroupNorm(kernels, size, .none)
    run.x = [Float](repeating: 0.1, count: size.count)
    run.takeFirstPixelsAsPivot()
    let y = run.apply([0..<77])
    expectClose(y, (0..<77).flatMap { _ in run.bias }, absolute: 1e-5)
    run.x[5] = .nan
    // The sums reach every pixel of the channel's group, and no other.
    for (index, value) in run.apply([0..<77]).enumerated() {
      #expect(value.isNaN == (4..<8).contains(index % 12))
    }
  }

  @Test func referenceGradientsMatchDifferences() {
    let size = Size(2, 3, 6, 2)
    let x = doubles(normalValues(size.count, seed: 1))
    let weight = doubles(normalValues(6, seed: 2))
    let bias = doubles(normalValues(6, seed: 3))
    let dy = doubles(normalValues(size.count, seed: 4))
    let reference = size.reference()
    func loss(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> Double {
      zip(reference.forward(x, weight: weight, bias: bias, activation: .silu), dy)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    let g = reference.gradients(x, dy, weight: weight, bias: bias, activation: .silu)
    let direction = doubles(normalValues(size.count, seed: 5))
    func moved(_ a: [Double], by step: Double) -> [Double] {
      zip(a, direction).map { $0 + step * $1 }
    }
    func projection(_ a: [Double]) -> Double { zip(a, direction).reduce(0) { $0 + $1.0 * $1.1 } }
    let h = 1e-5
    let slopes = [
      (loss(moved(x, by: h), weight, bias) - loss(moved(x, by: -h), weight, bias)) / (2 * h),
      (loss(x, moved(weight, by: h), bias) - loss(x, moved(weight, by: -h), bias)) / (2 * h),
      (loss(x, weight, moved(bias, by: h)) - loss(x, weight, moved(bias, by: -h))) / (2 * h),
    ]
    let predicted = [projection(g.x), projection(g.weight), projection(g.bias)]
    expectClose(slopes, predicted, absolute: 1e-7, relative: 1e-7)
  }
}
