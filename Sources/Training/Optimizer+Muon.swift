import Kernels
import TensorCore

extension Optimizer {
  /// `m = μ m + (1-μ) g`, `w = w (1 - lr λ) - lr s O((1-μ) g + μ m)`, where `O` makes a matrix
  /// orthogonal and `s = 0.2 √(longer side)` gives its elements the size of AdamW's updates.
  func updateByMuon(_ indices: [Int], learningRate: Float, gradientScale: Float) {
    guard !indices.isEmpty else { return }
    let momentum = Float(configuration.momentum)
    let ahead = indices.map { index in
      guard let gradient = parameters[index].gradient else { return Tensor.zeros([1]) }
      firstMoments[index].combine(
        momentum, with: gradient, times: (1 - momentum) * gradientScale)
      var ahead = gradient
      ahead.combine((1 - momentum) * gradientScale, with: firstMoments[index], times: momentum)
      return ahead
    }
    let kept = 1 - learningRate * Float(configuration.weightDecay)
    let averageDecay = averageDecay
    for (index, update) in zip(indices, Orthogonalization.orthogonalized(ahead)) {
      let shape = update.shape
      let longer = max(shape[0], shape.count / shape[0])
      parameters[index].value.combine(
        kept, with: update, times: -learningRate * 0.2 * Float(longer).squareRoot())
      averages[index].combine(
        averageDecay, with: parameters[index].value, times: 1 - averageDecay)
    }
  }
}

extension Parameter {
  /// Whether this maps hidden features to hidden features: no vector, no embedding, and neither the
  /// first nor the last convolution of a network.
  var isInnerMatrix: Bool {
    guard value.shape.rank >= 2 else { return false }
    let outer: Set<Substring> = [
      "conv_in", "conv_out", "token_embedding", "position_embedding",
    ]
    return !name.split(separator: ".").contains { outer.contains($0) }
  }
}

extension Tensor {
  /// `self = own * self + other * factor`, in place.
  fileprivate mutating func combine(_ own: Float, with other: Tensor, times factor: Float) {
    withMutableFloats { values in
      guard let base = values.baseAddress else { return }
      Parallel.forEachRange(values.count, grain: 4096) {
        kernels.combine($0, a: base, alpha: own, b: other.base, beta: factor, y: base)
      }
    }
  }
}
