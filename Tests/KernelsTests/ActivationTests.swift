import Kernels
import TensorCore
import TestSupport
import Testing

@Suite struct ActivationTests {
  static let activations: [Activation] = [.none, .silu, .gelu, .quickGELU]

  /// Dense around zero, through both tails, in a number of elements that no vector divides.
  static let inputs: [Float] = (0...20_010).map { Float($0 - 10_005) * 0.001_3 }

  @Test(arguments: KernelSelection.available, activations)
  func equalsDefinition(set: InstructionSet, activation: Activation) throws {
    let kernels = try #require(set.kernels)
    let x = Self.inputs
    var y = [Float](repeating: .nan, count: x.count)
    kernels.activate(0..<x.count, activation, x: x, y: &y)
    expectClose(
      y, x.map { PointwiseReference.activate(Double($0), activation) }, absolute: 1e-37,
      relative: activation == .quickGELU ? 3e-6 : 1e-6)
    let again = try #require(
      commonResult(x.count) { ranges in
        var y = [Float](repeating: .nan, count: x.count)
        for range in ranges { kernels.activate(range, activation, x: x, y: &y) }
        return y
      })
    #expect(again == y)
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      kernels.activate(0..<x.count, activation, x: base, y: base)
    }
    #expect(inPlace == y)
  }

  @Test(arguments: KernelSelection.available, activations)
  func gradientsEqualDefinition(set: InstructionSet, activation: Activation) throws {
    let kernels = try #require(set.kernels)
    let x = Self.inputs
    let dy = normalValues(x.count, seed: 1)
    let dx = try #require(
      commonResult(x.count) { ranges in
        var dx = [Float](repeating: .nan, count: x.count)
        for range in ranges {
          kernels.activationGradient(range, activation, x: x, dy: dy, dx: &dx)
        }
        return dx
      })
    let expected = x.indices.map {
      Double(dy[$0]) * PointwiseReference.slope(Double(x[$0]), activation)
    }
    expectClose(dx, expected, absolute: 4e-6)
  }

  @Test(arguments: activations)
  func referenceSlopesMatchDifferences(activation: Activation) {
    let points = stride(from: -6.0, through: 6, by: 0.37)
    let h = 1e-5
    expectClose(
      points.map {
        (PointwiseReference.activate($0 + h, activation)
          - PointwiseReference.activate($0 - h, activation)) / (2 * h)
      }, points.map { PointwiseReference.slope($0, activation) }, absolute: 1e-8)
  }

  @Test(arguments: KernelSelection.available, [Activation.silu, .gelu, .quickGELU])
  func reachesTheLimits(set: InstructionSet, activation: Activation) throws {
    let kernels = try #require(set.kernels)
    let x: [Float] = [.infinity, 1e30, 200, 0, -200, -1e30, -.infinity, .nan]
    let ones = [Float](repeating: 1, count: x.count)
    var y = ones
    var dx = ones
    kernels.activate(0..<x.count, activation, x: x, y: &y)
    kernels.activationGradient(0..<x.count, activation, x: x, dy: ones, dx: &dx)
    #expect(y[0] == .infinity)
    #expect(y[7].isNaN && dx[7].isNaN)
    expectClose(Array(y[1..<7]), [1e30, 200, 0, 0, 0, 0], absolute: 1e-36, relative: 1e-6)
    expectClose(Array(dx[..<7]), [1, 1, 1, 0.5, 0, 0, 0], absolute: 1e-35, relative: 1e-6)
  }

  @Test(arguments: KernelSelection.available, [(3, 1280), (5, 37), (1, 1), (0, 16), (4, 0)])
  func gegluEqualsDefinition(set: InstructionSet, size: (rows: Int, channels: Int)) throws {
    let kernels = try #require(set.kernels)
    let (rows, channels) = size
    let x = normalValues(2 * rows * channels, seed: 1, scale: 2)
    let dy = normalValues(rows * channels, seed: 2)
    let y = try #require(
      commonResult(rows) { ranges in
        var y = [Float](repeating: .nan, count: rows * channels)
        for range in ranges { kernels.geglu(rows: range, channelCount: channels, x: x, y: &y) }
        return y
      })
    let dx = try #require(
      commonResult(rows) { ranges in
        var dx = [Float](repeating: .nan, count: x.count)
        for range in ranges {
          kernels.gegluGradient(rows: range, channelCount: channels, x: x, dy: dy, dx: &dx)
        }
        return dx
      })
    var expected = [Double](repeating: 0, count: y.count)
    var gradient = [Double](repeating: 0, count: x.count)
    for row in 0..<rows {
      for channel in 0..<channels {
        let linear = 2 * row * channels + channel
        let (a, gate) = (Double(x[linear]), Double(x[linear + channels]))
        let upstream = Double(dy[row * channels + channel])
        let gelu = PointwiseReference.activate(gate, .gelu)
        expected[row * channels + channel] = a * gelu
        gradient[linear] = upstream * gelu
        gradient[linear + channels] = upstream * a * PointwiseReference.slope(gate, .gelu)
      }
    }
    expectClose(y, expected, absolute: 1e-30, relative: 1e-6, "forward")
    expectClose(dx, gradient, absolute: 1e-5, "gradient")
  }
}
