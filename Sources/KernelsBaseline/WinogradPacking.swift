import KernelInterface

extension VectorKernels {
  /// Floats of the transformed weights of `geometry`.
  public func winogradPackedCount(_ geometry: ConvolutionGeometry) -> Int {
    36 * PanelLayout(k: geometry.inputChannels, n: geometry.outputChannels).wordCount
  }

  /// Transforms panels `panels` of weights `[OC, 3, 3, C]`. A panel holds its 36 frequencies one
  /// after the other, each `[C, width]`.
  public func packWinograd(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.inputChannels
    let layout = PanelLayout(k: channels, n: geometry.outputChannels)
    // Weights of one vector of input channels, turned so that outputs lie side by side:
    // [tap, channel, output].
    let pieceCount = 9 * vectorWidth * PanelLayout.width
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pieceCount) { buffer in
      guard let piece = buffer.baseAddress else { return }
      for panel in panels {
        let outputs = layout.columns(ofPanel: panel)
        let width = layout.width(ofPanel: panel)
        let destination = packed + 36 * layout.offset(ofPanel: panel)
        for channel in stride(from: 0, to: channels, by: vectorWidth) {
          for output in outputs {
            for tap in 0..<9 {
              let values = weight + ((output * 9 + tap) * channels + channel)
              let target = piece + (tap * vectorWidth * width + output - outputs.lowerBound)
              for lane in 0..<vectorWidth { target[lane * width] = values[lane] }
            }
          }
          for lane in 0..<vectorWidth {
            for column in stride(from: 0, to: width, by: vectorWidth) {
              transformWeights(
                piece + (lane * width + column), tapStride: vectorWidth * width,
                into: destination + ((channel + lane) * width + column),
                frequencyStride: channels * width)
            }
          }
        }
      }
    }
  }

  /// The same from the panels of the plain product, whose steps along `K` are taps and channels.
  public func packWinograd(
    fromPanels plain: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.inputChannels
    let layout = PanelLayout(k: channels, n: geometry.outputChannels)
    for panel in panels {
      let width = layout.width(ofPanel: panel)
      let source = plain + 9 * layout.offset(ofPanel: panel)
      let destination = packed + 36 * layout.offset(ofPanel: panel)
      for position in stride(from: 0, to: channels * width, by: vectorWidth) {
        transformWeights(
          source + position, tapStride: channels * width, into: destination + position,
          frequencyStride: channels * width)
      }
    }
  }

  /// The same for the input gradient: taps reversed, input channels in the panels.
  public func packWinogradFlipped(
    _ weight: UnsafePointer<Float>, geometry: ConvolutionGeometry, panels: Range<Int>,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.inputChannels
    let layout = PanelLayout(k: geometry.outputChannels, n: channels)
    for panel in panels {
      let columns = layout.columns(ofPanel: panel)
      let width = layout.width(ofPanel: panel)
      let destination = packed + 36 * layout.offset(ofPanel: panel)
      for output in 0..<geometry.outputChannels {
        for column in stride(from: 0, to: width, by: vectorWidth) {
          transformWeights(
            weight + ((output * 9 + 8) * channels + columns.lowerBound + column),
            tapStride: -channels, into: destination + (output * width + column),
            frequencyStride: geometry.outputChannels * width)
        }
      }
    }
  }

  /// `G g Gᵀ` of one vector.
  @inline(__always)
  private func transformWeights(
    _ taps: UnsafePointer<Float>, tapStride: Int, into result: UnsafeMutablePointer<Float>,
    frequencyStride: Int
  ) {
    let left = Three(taps, stride: 3 * tapStride).weightTransform
    let middle = Three(taps + tapStride, stride: 3 * tapStride).weightTransform
    let right = Three(taps + 2 * tapStride, stride: 3 * tapStride).weightTransform
    @inline(__always) func writeRow(_ row: Int, _ a: Vector, _ b: Vector, _ c: Vector) {
      Three(a: a, b: b, c: c).weightTransform
        .write(to: result + row * 6 * frequencyStride, stride: frequencyStride)
    }
    writeRow(0, left.a, middle.a, right.a)
    writeRow(1, left.b, middle.b, right.b)
    writeRow(2, left.c, middle.c, right.c)
    writeRow(3, left.d, middle.d, right.d)
    writeRow(4, left.e, middle.e, right.e)
    writeRow(5, left.f, middle.f, right.f)
  }
}
