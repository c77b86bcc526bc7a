import TensorCore

/// A place in a model's tree of names. Layers ask it for `weight` and `bias`; the path that leads
/// there is the tensor's name in the checkpoint.
public struct WeightScope {
  let loader: WeightLoader
  /// Dotted, without a dot at its end; empty at the root.
  public let path: String

  /// The scope one name, or several joined by dots, further down.
  public func child(_ name: String) -> WeightScope {
    WeightScope(loader: loader, path: fullName(name))
  }

  /// The scope of an element of a list.
  public func child(_ index: Int) -> WeightScope { child(String(index)) }

  /// A linear layer's weight `[N, K]`.
  ///
  /// - Parameter isPointConvolution: stored as a 1x1 convolution, `[N, K, 1, 1]`.
  public func matrix(
    _ name: String, outputs: Int, inputs: Int, isPointConvolution: Bool = false,
    initial: Initialization
  ) -> MatrixWeight {
    let stored = isPointConvolution ? [outputs, inputs, 1, 1] : [outputs, inputs]
    return loader.matrix(
      fullName(name), stored: stored, shape: [outputs, inputs], initial: initial)
  }

  /// A convolution's weight `[OC, K, K, C]`, stored as `[OC, C, K, K]`.
  public func kernel(
    _ name: String, outputs: Int, inputs: Int, size: Int, initial: Initialization
  ) -> MatrixWeight {
    loader.matrix(
      fullName(name), stored: [outputs, inputs, size, size],
      shape: [outputs, size, size, inputs], initial: initial)
  }

  /// A bias or a scale `[N]`.
  public func vector(_ name: String, count: Int, initial: Initialization) -> Parameter {
    loader.parameter(fullName(name), stored: [count], shape: [count], initial: initial)
  }

  /// An embedding table `[rows, width]`; never packed, since its rows are looked up.
  public func table(
    _ name: String, rows: Int, width: Int, initial: Initialization
  ) -> Parameter {
    loader.parameter(
      fullName(name), stored: [rows, width], shape: [rows, width], initial: initial)
  }

  private func fullName(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
