import Kernels

/// The definition of a convolution over channels-last maps and of its gradients, in Double.
public enum ConvolutionReference {
  /// `[N, OH, OW, OC]` from a map `[N, H, W, C]` and weights `[OC, KH, KW, C]`.
  public static func forward(
    _ map: [Float], _ weight: [Float], _ geometry: ConvolutionGeometry
  ) -> [Double] {
    var result = [Double](
      repeating: 0, count: geometry.outputPixelCount * geometry.outputChannels)
    forEachTap(geometry) { input, output, tap in
      for oc in 0..<geometry.outputChannels {
        let first =
          (oc * geometry.kernelHeight * geometry.kernelWidth + tap)
          * geometry.inputChannels
        var sum = 0.0
        for c in 0..<geometry.inputChannels {
          sum += Double(map[input * geometry.inputChannels + c]) * Double(weight[first + c])
        }
        result[output * geometry.outputChannels + oc] += sum
      }
    }
    return result
  }

  /// `[N, H, W, C]`: what each input value contributes to the outputs, times their gradients
  /// `[N, OH, OW, OC]`.
  public static func inputGradient(
    _ outputGradient: [Float], _ weight: [Float], _ geometry: ConvolutionGeometry
  ) -> [Double] {
    var result = [Double](repeating: 0, count: geometry.inputPixelCount * geometry.inputChannels)
    forEachTap(geometry) { input, output, tap in
      for oc in 0..<geometry.outputChannels {
        let upstream = Double(outputGradient[output * geometry.outputChannels + oc])
        let first =
          (oc * geometry.kernelHeight * geometry.kernelWidth + tap)
          * geometry.inputChannels
        for c in 0..<geometry.inputChannels {
          result[input * geometry.inputChannels + c] += upstream * Double(weight[first + c])
        }
      }
    }
    return result
  }

  /// `[OC, KH, KW, C]`.
  public static func weightGradient(
    _ map: [Float], _ outputGradient: [Float], _ geometry: ConvolutionGeometry
  ) -> [Double] {
    var result = [Double](repeating: 0, count: geometry.outputChannels * geometry.patchLength)
    forEachTap(geometry) { input, output, tap in
      for oc in 0..<geometry.outputChannels {
        let upstream = Double(outputGradient[output * geometry.outputChannels + oc])
        let first =
          (oc * geometry.kernelHeight * geometry.kernelWidth + tap)
          * geometry.inputChannels
        for c in 0..<geometry.inputChannels {
          result[first + c] += upstream * Double(map[input * geometry.inputChannels + c])
        }
      }
    }
    return result
  }

  /// Visits every pair of an output pixel and an input pixel that it reads, with the number of the
  /// kernel tap between them.
  private static func forEachTap(
    _ geometry: ConvolutionGeometry, _ body: (_ input: Int, _ output: Int, _ tap: Int) -> Void
  ) {
    for sample in 0..<geometry.batch {
      for oy in 0..<geometry.outputHeight {
        for ox in 0..<geometry.outputWidth {
          let output = (sample * geometry.outputHeight + oy) * geometry.outputWidth + ox
          for ky in 0..<geometry.kernelHeight {
            for kx in 0..<geometry.kernelWidth {
              let y = oy * geometry.stride + ky - geometry.paddingTop
              let x = ox * geometry.stride + kx - geometry.paddingLeft
              guard y >= 0, x >= 0, y % geometry.inputDilation == 0,
                x % geometry.inputDilation == 0
              else { continue }
              let iy = y / geometry.inputDilation
              let ix = x / geometry.inputDilation
              guard iy < geometry.inputHeight, ix < geometry.inputWidth else { continue }
              body(
                (sample * geometry.inputHeight + iy) * geometry.inputWidth + ix, output,
                ky * geometry.kernelWidth + kx)
            }
          }
        }
      }
    }
  }
}
