import Kernels
import TestSupport
import Testing

/// A convolution to test.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var geometry: ConvolutionGeometry

  /// `channels` in and out, `padding` (top, left, bottom, right).
  init(
    _ name: String, batch: Int = 1, _ height: Int, _ width: Int, channels: (Int, Int),
    kernel: (Int, Int) = (3, 3), stride: Int = 1,
    padding: (top: Int, left: Int, bottom: Int, right: Int) = (1, 1, 1, 1)
  ) {
    testDescription = name
    geometry = ConvolutionGeometry(
      batch: batch, inputHeight: height, inputWidth: width, inputChannels: channels.0,
      outputHeight: (height + padding.top + padding.bottom - kernel.0) / stride + 1,
      outputWidth: (width + padding.left + padding.right - kernel.1) / stride + 1,
      outputChannels: channels.1, kernelHeight: kernel.0, kernelWidth: kernel.1, stride: stride,
      paddingTop: padding.top, paddingLeft: padding.left)
  }
}

@Suite struct ConvolutionTests {
  typealias Case = ConvolutionCase

  static let none = (top: 0, left: 0, bottom: 0, right: 0)
  static let behind = (top: 0, left: 0, bottom: 1, right: 1)

  static let cases = [
    Case("one pixel", 1, 1, channels: (1, 1)),
    Case("3x3", batch: 2, 5, 7, channels: (3, 5)),
    Case("3x3 wide", 4, 31, channels: (16, 16)),
    Case("3x3 no padding", batch: 3, 6, 5, channels: (4, 9), padding: none),
    Case("1x1", batch: 2, 9, 4, channels: (33, 18), kernel: (1, 1), padding: none),
    Case("1x1 stride 2", 5, 6, channels: (7, 8), kernel: (1, 1), stride: 2, padding: none),
    Case("3x3 stride 2", batch: 2, 9, 8, channels: (6, 11), stride: 2),
    Case("3x3 stride 2 behind", batch: 2, 8, 10, channels: (16, 3), stride: 2, padding: behind),
    Case(
      "4x4 stride 4", batch: 2, 8, 12, channels: (3, 20), kernel: (4, 4), stride: 4, padding: none),
    Case("2x5 stride 3", 7, 11, channels: (5, 4), kernel: (2, 5), stride: 3, padding: (0, 2, 1, 1)),
    Case(
      "kernel larger than the map", 2, 3, channels: (10, 6), kernel: (5, 5), padding: (2, 2, 2, 2)),
    Case("autoencoder in", 16, 16, channels: (3, 64)),
    Case("autoencoder out", batch: 2, 12, 12, channels: (64, 3)),
    Case("latents out", 8, 8, channels: (320, 4)),
    Case("several blocks", batch: 2, 6, 6, channels: (130, 37)),
    Case("SD 320", 8, 8, channels: (320, 320)),
    Case("SD downsampling", 8, 8, channels: (320, 320), stride: 2),
    Case("SD 1280", 2, 2, channels: (1280, 64)),
  ]

  @Test(arguments: KernelSelection.available, cases)
  func equalsDefinition(set: InstructionSet, sample: Case) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let map = matrixValues(geometry.inputPixelCount * geometry.inputChannels, seed: 21)
    let weight = matrixValues(geometry.outputChannels * geometry.patchLength, seed: 22)
    let upstream = matrixValues(geometry.outputPixelCount * geometry.outputChannels, seed: 23)

    let forward = try #require(kernels.convolution(map, weight, geometry))
    expectClose(
      forward, ConvolutionReference.forward(map, weight, geometry),
      absolute: reductionTolerance(geometry.patchLength), "forward")

    let inputGradient = try #require(
      kernels.convolutionInputGradient(upstream, weight, geometry))
    expectClose(
      inputGradient, ConvolutionReference.inputGradient(upstream, weight, geometry),
      absolute: reductionTolerance(geometry.inputGradient.patchLength), "input gradient")

    let weightGradient = map.withUnsafeBufferPointer { map in
      map.baseAddress.map {
        kernels.weightGradient(
          upstream, .patches($0, geometry), rowCount: geometry.outputPixelCount,
          outputCount: geometry.outputChannels, k: geometry.patchLength)
      }
    }
    expectClose(
      weightGradient ?? [], ConvolutionReference.weightGradient(map, upstream, geometry),
      absolute: reductionTolerance(geometry.outputPixelCount), "weight gradient")
  }

  @Test(
    arguments: KernelSelection.available,
    [
      Case("3x3", batch: 2, 9, 7, channels: (19, 21)),
      Case("3x3 stride 2", batch: 3, 7, 9, channels: (70, 9), stride: 2),
      Case("narrow", batch: 2, 13, 11, channels: (20, 3), stride: 2, padding: behind),
    ])
  func doesNotDependOnTheSplit(set: InstructionSet, sample: Case) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let map = matrixValues(geometry.inputPixelCount * geometry.inputChannels, seed: 24)
    let weight = matrixValues(geometry.outputChannels * geometry.patchLength, seed: 25)
    let upstream = matrixValues(geometry.outputPixelCount * geometry.outputChannels, seed: 26)
    let forward = kernels.convolution(map, weight, geometry)
    let gradient = kernels.convolutionInputGradient(upstream, weight, geometry)
    for fraction in [2, 3, 7, 1000] {
      func splits(_ count: Int) -> [Int] {
        Array(stride(from: 1, to: count, by: max(1, count / fraction)))
      }
      #expect(
        forward
          == kernels.convolution(
            map, weight, geometry, splits: splits(geometry.outputPixelCount)))
      #expect(
        gradient
          == kernels.convolutionInputGradient(
            upstream, weight, geometry, splits: splits(geometry.inputPixelCount)))
    }
    map.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      func weightGradient(splits: [Int]) -> [Float] {
        kernels.weightGradient(
          upstream, .patches(base, geometry), rowCount: geometry.outputPixelCount,
          outputCount: geometry.outputChannels, k: geometry.patchLength, splits: splits)
      }
      let whole = weightGradient(splits: [])
      #expect(weightGradient(splits: [geometry.patchLength / 3]) == whole)
      #expect(weightGradient(splits: Array(1..<geometry.patchLength)) == whole)
    }
  }

  /// Epilogues find their pixels in every phase of a dilated map, also over several blocks of the
  /// reduction.
  @Test(
    arguments: KernelSelection.available,
    [
      Case("few channels", batch: 2, 7, 9, channels: (19, 6), stride: 2),
      Case("several blocks", 6, 5, channels: (35, 600), stride: 2, padding: behind),
      Case("no taps", 5, 6, channels: (4, 33), kernel: (1, 1), stride: 3, padding: none),
    ])
  func fusesEpiloguesOfStridedGradients(set: InstructionSet, sample: Case) throws {
    let kernels = try #require(set.kernels)
    let geometry = sample.geometry
    let backward = geometry.inputGradient
    let n = backward.outputChannels
    let weight = matrixValues(geometry.outputChannels * geometry.patchLength, seed: 27)
    let upstream = matrixValues(geometry.outputPixelCount * geometry.outputChannels, seed: 28)
    let old = matrixValues(backward.outputPixelCount * n, seed: 29)
    let expected = ConvolutionReference.inputGradient(upstream, weight, geometry)
    let packed = kernels.packedFlipped(weight, geometry)
    for (activation, accumulates) in [
      (Activation.none, true), (.silu, false), (.gelu, true),
    ] {
      var epilogue = EpilogueReference()
      epilogue.bias = matrixValues(n, seed: 30)
      epilogue.rowsPerSample = backward.outputHeight * backward.outputWidth
      epilogue.perSample = matrixValues(backward.batch * n, seed: 31)
      epilogue.residual = matrixValues(backward.outputPixelCount * n, seed: 32)
      epilogue.activation = activation
      epilogue.accumulates = accumulates
      let actual = upstream.withUnsafeBufferPointer { map in
        map.baseAddress.flatMap {
          kernels.product(
            .patches($0, backward), packed: packed, m: backward.outputPixelCount,
            k: backward.patchLength, n: n, splits: [7, 20], gap: 2, epilogue: epilogue, old: old)
        }
      }
      expectClose(
        actual ?? [], epilogue.apply(to: expected, over: old, n: n),
        absolute: reductionTolerance(backward.patchLength) + 4e-6, relative: 4e-6,
        "\(activation)")
    }
  }
}
