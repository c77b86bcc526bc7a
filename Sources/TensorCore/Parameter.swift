import Platform

/// A named tensor that training may change.
///
/// Used by one driving thread at a time; kernels only read it while they run.
public final class Parameter: @unchecked Sendable {
  /// The checkpoint name, dotted.
  public let name: String
  public var value: Tensor
  /// The sum of gradients since it was last cleared; nil when none arrived.
  public var gradient: Tensor?
  public var isTrainable: Bool

  public init(name: String, value: Tensor, isTrainable: Bool = true) {
    self.name = name
    self.value = value.detached()
    self.isTrainable = isTrainable
  }

  /// The value; a variable of the tape while one records.
  public var tensor: Tensor {
    guard isTrainable, let tape = GradientTape.current else { return value }
    return tape.leaf(self)
  }

  func accumulate(_ gradient: Tensor) {
    require(
      gradient.count == value.count,
      "\(name) has shape \(value.shape), its gradient \(gradient.shape)")
    let gradient = gradient.reshaped(value.shape)
    if let earlier = self.gradient.take() {
      self.gradient = Tensor.sum(consuming: earlier, gradient)
    } else {
      self.gradient = gradient
    }
  }
}
