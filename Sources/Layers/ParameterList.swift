import Platform
import TensorCore

/// The parameters of one model in the order of its construction, each with the name and the axes
/// that it has in a checkpoint.
///
/// A model built for training lists all of them. A model built for inference has its matrices
/// packed away and lists only vectors and tables, so it can't be saved.
public struct ParameterList: Sendable {
  /// One parameter as the optimizer and the checkpoint see it.
  public struct Entry: Sendable {
    public let parameter: Parameter
    /// Axes on disk: `[O, I, kH, kW]` where the value is `[O, kH, kW, I]`, else the value's own
    /// (or those of a 1x1 convolution where the value is a matrix).
    public let storedShape: [Int]

    /// The name in the checkpoint.
    public var name: String { parameter.name }

    /// The product of ``storedShape``.
    public var scalarCount: Int { storedShape.reduce(1, *) }

    /// `values`, ordered like the parameter's value, in the order of `storedShape`.
    ///
    /// It serves what belongs to a parameter as well as the parameter: its average, its moments.
    public func storedFloats(_ values: Tensor) -> [Float] {
      require(
        values.count == parameter.value.count,
        "\(name) has \(parameter.value.count) elements, not \(values.count)")
      guard storedShape.count == 4 else { return values.floats }
      return KernelOrder.channelsFirst(values.floats, stored: storedShape)
    }

    /// The inverse of ``storedFloats(_:)``.
    public func tensor(fromStored floats: [Float]) -> Tensor {
      let ordered =
        storedShape.count == 4 ? KernelOrder.channelsLast(floats, stored: storedShape) : floats
      return Tensor(ordered, shape: parameter.value.shape)
    }
  }

  public internal(set) var entries: [Entry] = []
  /// Of all of the model's weights, those that are packed away included.
  public internal(set) var work = WeightWork()

  public init() {}

  /// The parameters in order.
  public var parameters: [Parameter] { entries.map(\.parameter) }

  /// Scalars in all parameters together.
  public var scalarCount: Int { entries.reduce(0) { $0 + $1.scalarCount } }

  /// Marks every parameter as trainable or frozen.
  public func setTrainable(_ isTrainable: Bool) {
    for entry in entries { entry.parameter.isTrainable = isTrainable }
  }

  /// The lists of several models as one; names get each model's prefix when it is saved, not here.
  public static func + (a: ParameterList, b: ParameterList) -> ParameterList {
    var sum = a
    sum.entries += b.entries
    sum.work += b.work
    return sum
  }
}
