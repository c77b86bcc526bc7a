import TensorCore
import Testing

/// Compares the gradients of `body` with central differences along random directions.
///
/// The loss is a random weighting of the output, so that permuted or constant gradients can't pass;
/// each variable is checked by itself along `directions` random directions.
///
/// - Parameters:
///   - tolerance: of the directional derivative, relative to the gradient's norm.
///   - step: length of the difference step along a direction of unit norm.
public func checkGradients(
  _ label: String, variables: [Tensor], parameters: [Parameter] = [], seed: UInt64 = 7,
  step: Float = 1e-2, tolerance: Double = 5e-3, directions: Int = 2,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: ([Tensor]) -> Tensor
) {
  var stream = RandomStream(seed: seed)
  let weights = Tensor.normal(body(variables).shape, using: &stream)

  func loss(_ variables: [Tensor]) -> Double {
    zip(body(variables).floats, weights.floats).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }

  parameters.forEach { $0.gradient = nil }
  let gradients: [Tensor?] = GradientTape.record { tape in
    let watched = variables.map { tape.watching($0) }
    tape.backward(from: body(watched), upstream: weights)
    return watched.map { tape.gradient(of: $0) }
  }

  func check(_ name: String, gradient: Tensor?, at value: Tensor, _ loss: (Tensor) -> Double) {
    guard let gradient else {
      Issue.record("\(label): no gradient for \(name)", sourceLocation: sourceLocation)
      return
    }
    let values = gradient.floats
    let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(norm > 1e-6, "\(label): gradient of \(name) vanishes", sourceLocation: sourceLocation)
    for _ in 0..<directions {
      var direction = Tensor.normal(value.shape, using: &stream)
      let length = Float(direction.sumOfSquares().squareRoot())
      direction = direction * (1 / max(length, 1e-12))
      let numeric =
        (loss(value + direction * step) - loss(value - direction * step)) / (2 * Double(step))
      let analytic = zip(values, direction.floats).reduce(0.0) {
        $0 + Double($1.0) * Double($1.1)
      }
      let difference = abs(numeric - analytic)
      #expect(
        difference <= tolerance * max(norm, 1e-3),
        "\(label): \(name) numeric \(numeric), analytic \(analytic), gradient norm \(norm)",
        sourceLocation: sourceLocation)
    }
  }

  for index in variables.indices {
    check("variable \(index)", gradient: gradients[index], at: variables[index]) { value in
      var changed = variables
      changed[index] = value
      return loss(changed)
    }
  }
  for parameter in parameters {
    let original = parameter.value
    check(parameter.name, gradient: parameter.gradient, at: original) { value in
      parameter.value = value
      defer { parameter.value = original }
      return loss(variables)
    }
  }
}
