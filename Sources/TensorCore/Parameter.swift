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
  /// What products with it are computed in, where it is a matrix or the weights of a convolution.
  /// Any kernels do so: who makes a parameter asks for ``ProductPrecision/onThisMachine``.
  public let products: ProductPrecision

  public init(
    name: String, value: Tensor, isTrainable: Bool = true, products: ProductPrecision = .fp32
  ) {
    self.name = name
    self.value = value.detached()
    self.isTrainable = isTrainable
    self.products = products
  }

  /// The value; a variable of the tape while one records.
  public var tensor: Tensor {
    guard isTrainable else { return value }
    if let tape = GradientTape.current { return tape.leaf(self) }
    ParameterReads.current?.note(self)
    return value
  }

  /// Adds a gradient of the value's shape to what has arrived.
  public func accumulate(_ gradient: Tensor) {
    if let earlier = self.gradient.take() {
      self.gradient = Tensor.sum(consuming: earlier, gradient)
    } else {
      self.gradient = gradient
    }
  }
}
