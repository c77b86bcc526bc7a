import Kernels
import Platform
import TensorCore

/// Where the values of a model come from.
public enum WeightOrigin {
  /// Fresh random values by each layer's rule; see ``Initialization``.
  case random(seed: UInt64)
  /// A checkpoint whose names are the model's own (those of diffusers and transformers).
  case stored(any StoredTensors)
  /// No values: the model can only tell its names and sizes, in its ``ParameterList``.
  case shapesOnly
}

/// What a model is built for; it decides how its matrices are held.
public enum WeightPurpose: Hashable, Sendable {
  /// Every weight is a ``Parameter``. Products with matrices are computed in `products` where the
  /// processor has them.
  case training(products: ProductPrecision)
  /// Matrices are laid out for the kernels as they are read, in numbers of `precision`, and can't be
  /// changed any more.
  case inference(precision: WeightPrecision)

  /// With products of 32 bits.
  public static var training: WeightPurpose { .training(products: .fp32) }

  /// With all 32 bits of the weights.
  public static var inference: WeightPurpose { .inference(precision: .fp32) }

  public var isTraining: Bool {
    if case .training = self { true } else { false }
  }
}

/// Gives a model under construction its weights, and collects everything that does not fit so that
/// one error can tell all of it.
public final class WeightLoader {
  public let purpose: WeightPurpose
  private let origin: WeightOrigin
  private var list = ParameterList()
  private var unclaimed: Set<String>
  private var missing: [String] = []
  private var misshapen: [String] = []
  private var unreadable: [any Error] = []

  public init(_ origin: WeightOrigin, purpose: WeightPurpose) {
    self.origin = origin
    self.purpose = purpose
    switch origin {
    case .random, .shapesOnly: unclaimed = []
    case .stored(let tensors): unclaimed = Set(tensors.tensorNames)
    }
  }

  /// The scope without a path.
  public var root: WeightScope { WeightScope(loader: self, path: "") }

  /// Ends the construction.
  ///
  /// - Returns: the parameters of the model.
  /// - Throws: ``ReportableError`` (`badData`) that names missing, misshapen, unexpected and
  ///   unreadable tensors together.
  public func finish() throws -> ParameterList {
    let complaints = [
      Self.complaint(missing, "missing"), Self.complaint(misshapen, "of another shape"),
      Self.complaint(unclaimed.sorted(), "unexpected"),
      unreadable.isEmpty ? nil : Self.unreadableComplaint(unreadable),
    ].compactMap { $0 }
    if complaints.count == 1, unreadable.count == 1 { throw unreadable[0] }
    guard complaints.isEmpty else {
      throw ReportableError(
        .badData,
        "the weights do not fit the model: \(complaints.joined(separator: "; ")). "
          + "Check that the configuration belongs to this checkpoint")
    }
    return list
  }

  private static func complaint(_ names: [String], _ what: String) -> String? {
    guard !names.isEmpty else { return nil }
    let shown = names.prefix(6).joined(separator: ", ")
    return "\(names.count) \(what) (\(shown)\(names.count > 6 ? ", ..." : ""))"
  }

  private static func unreadableComplaint(_ errors: [any Error]) -> String {
    let shown = errors.prefix(3).map { ($0 as? ReportableError)?.message ?? "\($0)" }
    return "\(errors.count) unreadable (\(shown.joined(separator: "; "))"
      + "\(errors.count > 3 ? "; ..." : ""))"
  }

  /// The value of one weight in our order of axes, or nil when it is not to be had; the model is
  /// thrown away then, so the caller may go on with anything.
  private func value(
    _ name: String, stored: [Int], shape: Shape, initial: Initialization
  ) -> Tensor? {
    switch origin {
    case .random(let seed):
      return initial.values(shape: shape, seed: seed, name: name)
    case .shapesOnly: return nil
    case .stored(let tensors):
      return read(tensors, name, stored: stored) { rows, work in
        try Tensor(shape: shape) { try rows.readAll(into: $0, work: &work) }
      }
    }
  }

  /// The matrix of one weight, laid out; nil as for ``value(_:stored:shape:initial:)``.
  private func packedValue(
    _ name: String, stored: [Int], shape: Shape, initial: Initialization,
    precision: WeightPrecision
  ) -> PackedMatrix? {
    if case .stored(let tensors) = origin {
      return read(tensors, name, stored: stored) { rows, work in
        try PackedMatrix(shape: shape, precision: precision, work: &work) {
          try rows.read($0, into: $1)
        }
      }
    }
    let value = value(name, stored: stored, shape: shape, initial: initial)
    return value.map { value in
      let matrix = list.work.measure(\.packSeconds) {
        PackedMatrix(value, precision: precision)
      }
      list.work.packedByteCount += matrix.byteCount
      return matrix
    }
  }

  /// What `make` makes of a stored weight; nil when it does not fit or can't be read, which is
  /// kept.
  private func read<R>(
    _ tensors: any StoredTensors, _ name: String, stored: [Int],
    _ make: (StoredRows, inout WeightWork) throws -> R
  ) -> R? {
    unclaimed.remove(name)
    guard let found = tensors.storedShape(of: name) else {
      missing.append(name)
      return nil
    }
    guard Self.isSame(found, stored) else {
      misshapen.append("\(name): \(found) instead of \(stored)")
      return nil
    }
    tensors.prefetch(name)
    defer { tensors.release(name) }
    do {
      return try make(StoredRows(tensors, name, stored: stored), &list.work)
    } catch {
      unreadable.append(error)
      return nil
    }
  }

  /// Equal up to 1x1 axes at the end: a 1x1 convolution and a linear layer are the same matrix, and
  /// checkpoints of different age disagree about which of them it is.
  package static func isSame(_ a: [Int], _ b: [Int]) -> Bool {
    func trimmed(_ shape: [Int]) -> ArraySlice<Int> {
      shape.count == 4 && shape[2] == 1 && shape[3] == 1 ? shape[..<2] : shape[...]
    }
    return trimmed(a) == trimmed(b)
  }

  func parameter(
    _ name: String, stored: [Int], shape: Shape, initial: Initialization,
    products: ProductPrecision = .fp32
  ) -> Parameter {
    let value = value(name, stored: stored, shape: shape, initial: initial) ?? Tensor.zeros([1])
    let parameter = Parameter(
      name: name, value: value, isTrainable: purpose.isTraining, products: products)
    list.entries.append(ParameterList.Entry(parameter: parameter, storedShape: stored))
    list.work.parameterByteCount += value.count * MemoryLayout<Float>.stride
    return parameter
  }

  func matrix(
    _ name: String, stored: [Int], shape: Shape, initial: Initialization
  ) -> MatrixWeight {
    switch purpose {
    case .training(let products):
      return .parameter(
        parameter(
          name, stored: stored, shape: shape, initial: initial, products: products.onThisMachine))
    case .inference(let precision):
      let matrix = packedValue(
        name, stored: stored, shape: shape, initial: initial, precision: precision)
      return .packed(matrix ?? PackedMatrix(Tensor.zeros([1, 1])))
    }
  }
}
