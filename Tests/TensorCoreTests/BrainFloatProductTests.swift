import TensorCore
import TestSupport
import Testing

/// Products of parameters in bf16, by software where the processor has no such instruction, against
/// those of rounded operands in fp32.
@Suite struct BrainFloatProductTests {
  /// Output and gradients of map and weight.
  struct Results {
    var output: Tensor
    var inputGradient: Tensor
    var weightGradient: Tensor

    var all: [Tensor] { [output, inputGradient, weightGradient] }
  }

  /// One operation with a weight, and the shapes of its input and its weight.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var input: Shape
    var weight: Shape
    var stride = 1

    func callAsFunction(_ x: Tensor, _ weight: Parameter) -> Tensor {
      let bias = GradientTests.parameter("bias", [self.weight[0]], 2)
      if input.rank == 2 { return x.linear(.parameter(weight), bias: bias) }
      return x.convolution(
        .parameter(weight), bias: bias, stride: stride, padding: Padding(self.weight[1] / 2))
    }
  }

  static let cases = [
    Case(testDescription: "one row", input: [1, 3], weight: [5, 3]),
    Case(testDescription: "matrix", input: [37, 70], weight: [45, 70]),
    Case(testDescription: "packed by pieces", input: [35, 1031], weight: [1100, 1031]),
    Case(testDescription: "3x3", input: [2, 6, 7, 5], weight: [6, 3, 3, 5]),
    Case(testDescription: "1x1", input: [2, 6, 7, 5], weight: [6, 1, 1, 5]),
    Case(testDescription: "stride 2", input: [2, 7, 6, 20], weight: [9, 3, 3, 20], stride: 2),
    Case(testDescription: "3x3 by pieces", input: [2, 4, 3, 345], weight: [340, 3, 3, 345]),
    Case(testDescription: "few tiles", input: [2, 8, 8, 16], weight: [48, 3, 3, 16]),
  ]

  private func operands(_ sample: Case) -> (x: Tensor, weight: Tensor, upstream: Tensor) {
    let x = GradientTests.normal(sample.input, 1)
    let weight = GradientTests.normal(sample.weight, 3) * 0.5
    let shape = sample(x, Parameter(name: "weight", value: weight)).shape
    return (x, weight, GradientTests.normal(shape, 4))
  }

  private func results(
    _ sample: Case, _ operands: (x: Tensor, weight: Tensor, upstream: Tensor),
    _ products: ProductPrecision
  ) throws -> Results {
    let parameter = Parameter(name: "weight", value: operands.weight, products: products)
    return try GradientTape.record { tape in
      let x = tape.watching(operands.x)
      let y = sample(x, parameter)
      tape.backward(from: y, upstream: operands.upstream)
      return Results(
        output: y, inputGradient: try #require(tape.gradient(of: x)),
        weightGradient: try #require(parameter.gradient))
    }
  }

  /// To the nearest upper half of a float, to the even one in the middle.
  private static func rounded(_ tensor: Tensor) -> Tensor {
    Tensor(
      tensor.floats.map { value in
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
      }, shape: tensor.shape)
  }

  private static func scale(_ tensor: Tensor) -> Double {
    (tensor.sumOfSquares() / Double(tensor.count)).squareRoot()
  }

  @Test(arguments: cases)
  func areThoseOfRoundedOperands(_ sample: Case) throws {
    let operands = operands(sample)
    let narrow = try results(sample, operands, .bf16)
    let plain = try results(sample, operands, .fp32)
    let rounded = (
      x: Self.rounded(operands.x), weight: Self.rounded(operands.weight),
      upstream: Self.rounded(operands.upstream)
    )
    var expected = try results(sample, rounded, .fp32)
    if sample.stride > 1 {
      // Its map is dilated, and nothing is rounded.
      expected.inputGradient = plain.inputGradient
      #expect(narrow.inputGradient.floats == plain.inputGradient.floats)
    }
    for (found, expected) in zip(narrow.all, expected.all) {
      expectClose(
        found.floats, expected.floats, absolute: 2e-5 * Self.scale(expected), "\(sample)")
    }
    // Each number is off by 2^-9 of it at most, by about a third as much on average.
    for (found, exact) in zip(narrow.all, plain.all) where found.floats != exact.floats {
      let error = Self.scale(found - exact) / Self.scale(exact)
      #expect(error > 1e-4 && error < 4e-3, "\(sample)")
    }
    #expect(narrow.output.floats != plain.output.floats)
    #expect(narrow.weightGradient.floats != plain.weightGradient.floats)
  }

  /// Winograd's products of many tiles are faster than narrow ones, and stay as they are.
  @Test func manyTilesStayInFloats() throws {
    let sample = Case(testDescription: "", input: [16, 8, 8, 16], weight: [32, 3, 3, 16])
    #expect(
      WinogradWeights.areWorthwhile(
        WinogradTests.geometry(sample.input, sample.weight[0]), beside: .narrowed))
    let operands = operands(sample)
    #expect(
      try results(sample, operands, .bf16).all.map(\.floats)
        == results(sample, operands, .fp32).all.map(\.floats))
  }

  @Test(arguments: cases)
  func threadsDoNotChangeThem(_ sample: Case) throws {
    defer { Parallel.configure(threads: Parallel.availableThreadCount) }
    let operands = operands(sample)
    Parallel.configure(threads: 1)
    let one = try results(sample, operands, .bf16).all.map(\.floats)
    for threads in 2...4 {
      Parallel.configure(threads: threads)
      #expect(try results(sample, operands, .bf16).all.map(\.floats) == one)
    }
  }

  /// Weights, gradients and what is not a product of the weight are of 32 bits.
  @Test func onlyProductsAreNarrow() throws {
    let operands = operands(Self.cases[1])
    let weight = Parameter(name: "weight", value: operands.weight, products: .bf16)
    #expect(weight.value.floats == operands.weight.floats)
    let bias = GradientTests.parameter("bias", [45], 2)
    let zero = Tensor.zeros(operands.x.shape)
    let y = zero.linear(.parameter(weight), bias: bias, residual: operands.upstream)
    #expect(
      y.floats
        == zero.linear(
          .parameter(Parameter(name: "w", value: operands.weight)), bias: bias,
          residual: operands.upstream
        ).floats)
  }
}
