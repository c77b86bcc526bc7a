import CVectorIntrinsics
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
    // Weights of a few input channels, turned so that outputs lie side by side:
    // [tap, channel, output].
    let pieceCount = 9 * FrequencyRuns.stepCount * PanelLayout.width
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pieceCount) { buffer in
      guard let piece = buffer.baseAddress else { return }
      for panel in panels {
        let outputs = layout.columns(ofPanel: panel)
        let width = layout.width(ofPanel: panel)
        let runs = FrequencyRuns(stepCount: channels, width: width)
        let first = weight + outputs.lowerBound * 9 * channels
        runs.write(to: packed + 36 * layout.offset(ofPanel: panel)) { steps, run in
          for tap in 0..<9 {
            let source = first + (tap * channels + steps.lowerBound)
            for row in 0..<outputs.count {
              prefetchForReadingOnce(source + (row * 9 * channels + 16))
            }
            transpose(
              source, rowStride: 9 * channels, rowCount: outputs.count, columnCount: steps.count,
              factor: 1, to: piece + tap * runs.runLength, targetStride: width)
          }
          for position in stride(from: 0, to: runs.runLength, by: vectorWidth) {
            transformWeights(
              piece + position, tapStride: runs.runLength, into: run + position,
              frequencyStride: runs.runLength)
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
      let runs = FrequencyRuns(stepCount: channels, width: width)
      runs.write(to: packed + 36 * layout.offset(ofPanel: panel)) { steps, run in
        for position in stride(from: 0, to: runs.runLength, by: vectorWidth) {
          transformWeights(
            source + (steps.lowerBound * width + position), tapStride: channels * width,
            into: run + position, frequencyStride: runs.runLength)
        }
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
      let first = weight + columns.lowerBound
      let runs = FrequencyRuns(stepCount: geometry.outputChannels, width: width)
      runs.write(to: packed + 36 * layout.offset(ofPanel: panel)) { outputs, run in
        for output in outputs {
          for tap in 0..<9 {
            prefetchForReadingOnce(first + ((output + 6) * 9 + tap) * channels)
          }
          for column in stride(from: 0, to: width, by: vectorWidth) {
            transformWeights(
              first + ((output * 9 + 8) * channels + column), tapStride: -channels,
              into: run + ((output - outputs.lowerBound) * width + column),
              frequencyStride: runs.runLength)
          }
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

/// A panel's 36 frequencies `[steps, width]`, written a few steps at a time by way of a small buffer.
/// The frequencies tend to be a multiple of the first-level cache's pages apart: vectors written to
/// one after the other would throw out each other's lines before these are full.
private struct FrequencyRuns {
  /// Steps at a time; divides all channel counts.
  @inline(__always) static var stepCount: Int { 128 / PanelLayout.width }

  let stepCount: Int
  let width: Int

  /// Floats of one frequency in the buffer.
  @inline(__always) var runLength: Int { Self.stepCount * width }

  /// - Parameter fill: writes some steps of all frequencies, ``runLength`` apart.
  @inline(__always)
  func write(
    to panel: UnsafeMutablePointer<Float>,
    _ fill: (_ steps: Range<Int>, _ run: UnsafeMutablePointer<Float>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 36 * runLength) { buffer in
      guard let run = buffer.baseAddress else { return }
      for step in stride(from: 0, to: stepCount, by: Self.stepCount) {
        fill(step..<step + Self.stepCount, run)
        for frequency in 0..<36 {
          copyFloats(
            run + frequency * runLength, to: panel + (frequency * stepCount + step) * width,
            count: runLength)
        }
      }
    }
  }
}
