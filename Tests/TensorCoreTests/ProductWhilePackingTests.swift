import TensorCore
import TestSupport
import Testing

/// Products of weights so large that they are laid out while the product goes on, against those of
/// weights that were laid out before: no bit differs.
@Suite struct ProductWhilePackingTests {
  /// Gradients of `body(x)` by `upstream`.
  private static func inputGradient(
    _ x: Tensor, _ upstream: Tensor, _ body: (Tensor) -> Tensor
  ) -> [Float]? {
    GradientTape.record { tape in
      let variable = tape.watching(x)
      tape.backward(from: body(variable), upstream: upstream) { _, _ in }
      return tape.gradient(of: variable)?.floats
    }
  }

  @Test(arguments: [1, 5, 200])
  func linear(rows: Int) {
    let (k, n) = (1031, 1100)
    let weight = GradientTests.parameter("weight", [n, k], 1)
    let bias = GradientTests.parameter("bias", [n], 2)
    let x = GradientTests.normal([rows, k], 3)
    let residual = GradientTests.normal([rows, n], 4)
    let found = x.linear(
      .parameter(weight), bias: bias, activation: .gelu, residual: residual)
    let expected = x.linear(
      .packed(PackedMatrix(weight.value)), bias: bias, activation: .gelu, residual: residual)
    #expect(found.floats == expected.floats)

    let upstream = GradientTests.normal([rows, n], 5)
    let values = weight.value.floats
    let turned = Tensor((0..<k * n).map { values[$0 % n * k + $0 / n] }, shape: [k, n])
    #expect(
      Self.inputGradient(x, upstream) { $0.linear(.parameter(weight), bias: nil) }
        == upstream.linear(.packed(PackedMatrix(turned)), bias: nil).floats)
  }

  @Test func convolution() {
    let (inputs, outputs) = (345, 340)
    let weight = GradientTests.parameter("weight", [outputs, 3, 3, inputs], 1)
    let x = GradientTests.normal([2, 4, 3, inputs], 2)
    let found = x.convolution(.parameter(weight), bias: nil, padding: Padding(1))
    let expected = x.convolution(
      .packed(PackedMatrix(weight.value)), bias: nil, padding: Padding(1))
    #expect(found.floats == expected.floats)

    // The gradient is a convolution, too: channels change places and the kernel is turned round.
    let upstream = GradientTests.normal([2, 4, 3, outputs], 3)
    let values = weight.value.floats
    let turned = Tensor(
      (0..<values.count).map { index in
        let (input, tap, output) = (
          index / (9 * outputs), index / outputs % 9, index % outputs
        )
        return values[(output * 9 + 8 - tap) * inputs + input]
      }, shape: [inputs, 3, 3, outputs])
    #expect(
      Self.inputGradient(x, upstream) {
        $0.convolution(.parameter(weight), bias: nil, padding: Padding(1))
      }
        == upstream.convolution(
          .packed(PackedMatrix(turned)), bias: nil, padding: Padding(1)
        ).floats)
  }

  @Test func threadsDoNotChangeAProduct() async {
    await #expect(processExitsWith: .success) {
      let weight = GradientTests.parameter("weight", [1100, 1031], 1)
      let x = GradientTests.normal([70, 1031], 2)
      func product(_ threads: Int) -> [Float] {
        Parallel.configure(threads: threads)
        return x.linear(.parameter(weight), bias: nil).floats
      }
      guard product(1) == product(3) else { fatalError("threads change the product") }
    }
  }
}
