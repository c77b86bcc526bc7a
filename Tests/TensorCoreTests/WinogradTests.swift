import Kernels
import TensorCore
import TestSupport
import Testing

/// Convolutions that the kernels compute in Winograd's domain, against the same by patches.
@Suite struct WinogradTests {
  /// Maps of `[N, H, W, C]` and output channels, with odd sides and uneven panels.
  static let cases: [(map: Shape, outputs: Int)] = [
    ([3, 8, 8, 16], 48), ([1, 15, 14, 48], 16), ([12, 4, 4, 32], 96), ([2, 16, 12, 80], 112),
  ]

  static func geometry(_ map: Shape, _ outputs: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: map[0], inputHeight: map[1], inputWidth: map[2], inputChannels: map[3],
      outputHeight: map[1], outputWidth: map[2], outputChannels: outputs, kernelHeight: 3,
      kernelWidth: 3, stride: 1, paddingTop: 1, paddingLeft: 1)
  }

  /// Output and gradients of map, weight and bias; `isWidened` puts zeros around the kernel,
  /// so that it is 5 x 5 and not for Winograd.
  private func results(
    _ map: Shape, _ outputs: Int, isWidened: Bool
  ) -> [Tensor] {
    let weight = GradientTests.parameter("w", [outputs, 3, 3, map[3]], 1)
    let bias = GradientTests.parameter("b", [outputs], 2)
    let x = GradientTests.normal(map, 3)
    let shift = GradientTests.normal([map[0], outputs], 4)
    let upstream = GradientTests.normal([map[0], map[1], map[2], outputs], 5)
    let used = isWidened ? Parameter(name: "w", value: Self.widened(weight.value)) : weight
    return GradientTape.record { tape in
      let (watched, watchedShift) = (tape.watching(x), tape.watching(shift))
      let y = watched.convolution(
        .parameter(used), bias: bias, padding: Padding(isWidened ? 2 : 1),
        perSample: watchedShift, residual: upstream)
      tape.backward(from: y, upstream: upstream)
      let gradient = used.gradient ?? Tensor.zeros([1])
      return [
        y, tape.gradient(of: watched), tape.gradient(of: watchedShift), bias.gradient,
        isWidened ? Self.narrowed(gradient) : gradient,
      ].compactMap { $0 }
    }
  }

  private static func widened(_ weight: Tensor) -> Tensor {
    let (outputs, channels) = (weight.shape[0], weight.shape[3])
    var floats = [Float](repeating: 0, count: outputs * 25 * channels)
    for (index, value) in weight.floats.enumerated() {
      let (output, tap, channel) = (
        index / (9 * channels), index / channels % 9, index % channels
      )
      floats[(output * 25 + (tap / 3 + 1) * 5 + tap % 3 + 1) * channels + channel] = value
    }
    return Tensor(floats, shape: [outputs, 5, 5, channels])
  }

  private static func narrowed(_ weight: Tensor) -> Tensor {
    let (outputs, channels) = (weight.shape[0], weight.shape[3])
    let wide = weight.floats
    var floats = [Float](repeating: 0, count: outputs * 9 * channels)
    for index in floats.indices {
      let (output, tap, channel) = (
        index / (9 * channels), index / channels % 9, index % channels
      )
      floats[index] = wide[(output * 25 + (tap / 3 + 1) * 5 + tap % 3 + 1) * channels + channel]
    }
    return Tensor(floats, shape: [outputs, 3, 3, channels])
  }

  @Test(arguments: cases) func agreesWithPatches(_ map: Shape, _ outputs: Int) {
    #expect(WinogradWeights.areWorthwhile(Self.geometry(map, outputs)))
    let fast = results(map, outputs, isWidened: false)
    let plain = results(map, outputs, isWidened: true)
    #expect(fast.count == 5 && plain.count == 5)
    for (a, b) in zip(fast, plain) {
      let scale = (b.sumOfSquares() / Double(b.count)).squareRoot()
      expectClose(a.floats, b.floats, absolute: 2e-5 * scale, relative: 0)
    }
  }

  /// Packed weights are transformed from their panels; the result is that of the parameter, bit for
  /// bit where one sample makes the same choice as the batch.
  @Test(arguments: cases) func packedWeightsGiveTheSame(_ map: Shape, _ outputs: Int) {
    let weight = GradientTests.parameter("w", [outputs, 3, 3, map[3]], 1)
    let x = GradientTests.normal(map, 3)
    let packed = MatrixWeight.packed(PackedMatrix(weight.value))
    let direct = x.convolution(.parameter(weight), bias: nil, padding: Padding(1))
    var sample = Self.geometry(map, outputs)
    sample.batch = 1
    for _ in 0..<2 {
      let result = x.convolution(packed, bias: nil, padding: Padding(1)).floats
      if WinogradWeights.areWorthwhile(sample) {
        #expect(result == direct.floats)
      } else {
        let scale = (direct.sumOfSquares() / Double(direct.count)).squareRoot()
        expectClose(result, direct.floats, absolute: 2e-5 * scale, relative: 0)
      }
    }
  }

  @Test(arguments: cases) func aSampleDoesNotDependOnItsBatch(_ map: Shape, _ outputs: Int) {
    let weight = GradientTests.normal([outputs, 3, 3, map[3]], 1)
    let packed = MatrixWeight.packed(PackedMatrix(weight))
    let x = GradientTests.normal(map, 3)
    let batch = x.convolution(packed, bias: nil, padding: Padding(1))
    for sample in 0..<map[0] {
      let alone = x[leading: sample..<sample + 1]
        .convolution(packed, bias: nil, padding: Padding(1))
      #expect(alone.floats == batch[leading: sample..<sample + 1].floats)
    }
  }

  @Test func resultsDoNotDependOnThreads() {
    defer { Parallel.configure(threads: Parallel.availableThreadCount) }
    for (map, outputs) in Self.cases {
      Parallel.configure(threads: 1)
      let one = results(map, outputs, isWidened: false).map(\.floats)
      for threads in 2...5 {
        Parallel.configure(threads: threads)
        #expect(results(map, outputs, isWidened: false).map(\.floats) == one)
      }
    }
  }
}
