import KernelInterface
import TensorCore
import TestSupport
import Testing

@Suite struct GradientTests {
  static func normal(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var stream = RandomStream(seed: seed)
    return Tensor.normal(shape, using: &stream)
  }

  static func parameter(_ name: String, _ shape: Shape, _ seed: UInt64, around centre: Float = 0)
    -> Parameter
  {
    Parameter(name: name, value: normal(shape, seed).affine(scale: 0.5, offset: centre))
  }

  @Test(arguments: [Activation.none, .silu, .gelu, .quickGELU])
  func linear(_ activation: Activation) {
    let weight = Self.parameter("weight", [7, 5], 1)
    let bias = Self.parameter("bias", [7], 2)
    checkGradients(
      "linear \(activation)", variables: [Self.normal([3, 4, 5], 3), Self.normal([3, 4, 7], 4)],
      parameters: [weight, bias]
    ) { $0[0].linear(.parameter(weight), bias: bias, activation: activation, residual: $0[1]) }
  }

  @Test(arguments: [
    (3, 1, Padding(1)), (3, 2, Padding(1)), (1, 1, Padding(0)), (1, 2, Padding(0)),
    (3, 2, Padding(top: 0, left: 0, bottom: 1, right: 1)),
    (2, 1, Padding(top: 1, left: 0, bottom: 0, right: 1)),
  ])
  func convolution(_ kernel: Int, _ stride: Int, _ padding: Padding) {
    let weight = Self.parameter("weight", [6, kernel, kernel, 5], 1)
    let bias = Self.parameter("bias", [6], 2)
    let x = Self.normal([2, 6, 7, 5], 3)
    let shape = x.convolution(.parameter(weight), bias: bias, stride: stride, padding: padding)
      .shape
    checkGradients(
      "convolution \(kernel) \(stride)",
      variables: [x, Self.normal([2, 6], 4), Self.normal(shape, 5)], parameters: [weight, bias]
    ) {
      $0[0].convolution(
        .parameter(weight), bias: bias, stride: stride, padding: padding, perSample: $0[1],
        residual: $0[2])
    }
  }

  @Test(arguments: [Activation.none, .silu])
  func groupNorm(_ activation: Activation) {
    let weight = Self.parameter("weight", [6], 1, around: 1)
    let bias = Self.parameter("bias", [6], 2)
    checkGradients(
      "groupNorm \(activation)",
      variables: [Self.normal([2, 3, 5, 6], 3).affine(scale: 2, offset: 1)],
      parameters: [weight, bias]
    ) {
      $0[0].groupNorm(
        weight: weight, bias: bias, groupCount: 3, epsilon: 1e-5, activation: activation)
    }
  }

  @Test func layerNorm() {
    let weight = Self.parameter("weight", [11], 1, around: 1)
    let bias = Self.parameter("bias", [11], 2)
    checkGradients(
      "layerNorm", variables: [Self.normal([3, 5, 11], 3)], parameters: [weight, bias]
    ) { $0[0].layerNorm(weight: weight, bias: bias, epsilon: 1e-5) }
  }

  @Test(arguments: [(5, 9, false), (7, 7, true), (70, 33, false), (40, 40, true)])
  func attention(_ queries: Int, _ keys: Int, _ isCausal: Bool) {
    checkGradients(
      "attention \(queries) \(keys)",
      variables: [
        Self.normal([2, queries, 12], 1), Self.normal([2, keys, 12], 2),
        Self.normal([2, keys, 12], 3),
      ]
    ) {
      Tensor.attention(query: $0[0], key: $0[1], value: $0[2], headCount: 3, isCausal: isCausal)
    }
  }

  @Test func pointwise() {
    let a = Self.normal([2, 3, 4], 1)
    let b = Self.normal([2, 3, 4], 2)
    checkGradients("add", variables: [a, b]) { $0[0] + $0[1] * 3 }
    checkGradients("subtract", variables: [a, b]) { $0[0] - $0[1] }
    checkGradients("multiply", variables: [a, b]) { $0[0] * $0[1] }
    checkGradients("affine", variables: [a]) { $0[0].affine(scale: -2, offset: 3) }
    checkGradients("exponential", variables: [a]) { $0[0].exponential() }
    checkGradients("clamped", variables: [a], step: 1e-3) { $0[0].clamped(-0.7...0.9) }
    checkGradients("geglu", variables: [a]) { $0[0].geglu() }
    checkGradients("adding per sample", variables: [a, Self.normal([2, 4], 3)]) {
      $0[0].adding(perSample: $0[1])
    }
    checkGradients("reuse", variables: [a]) { $0[0] * $0[0] + $0[0] }
    for activation in [Activation.silu, .gelu, .quickGELU] {
      checkGradients("\(activation)", variables: [a]) { $0[0].activated(activation) }
    }
  }

  @Test func movement() {
    let a = Self.normal([2, 3, 2, 4], 1)
    checkGradients("upsample", variables: [a]) { $0[0].upsampledNearest() }
    checkGradients("concatenate", variables: [a, Self.normal([2, 3, 2, 5], 2)]) {
      Tensor.concatenated($0[0], $0[1])
    }
    checkGradients("channels", variables: [a]) { $0[0].channels(1..<3) }
    checkGradients("reshape", variables: [a]) { $0[0].reshaped([6, 8]) }
    checkGradients("slice", variables: [a]) { $0[0][leading: 1..<2] }
    let table = Self.parameter("table", [9, 5], 3)
    checkGradients("embedding", variables: [], parameters: [table]) { _ in
      Tensor.embedding(table, ids: [3, 1, 3, 8, 0, 3], shape: [2, 3])
    }
  }

  @Test func losses() {
    let a = Self.normal([3, 5], 1)
    let b = Self.normal([3, 5], 2)
    checkGradients("squared", variables: [a, b]) { Tensor.meanSquaredError($0[0], $0[1]) }
    checkGradients("weighted", variables: [a, b]) {
      Tensor.meanSquaredError($0[0], $0[1], sampleWeights: [1, 0.5, 2])
    }
    checkGradients("absolute", variables: [a, b], step: 1e-4, tolerance: 2e-2) {
      Tensor.meanAbsoluteError($0[0], $0[1])
    }
    checkGradients("mean", variables: [a]) { $0[0].mean() }
  }
}
