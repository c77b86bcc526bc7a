import Layers
import Platform

/// How the tensors that are there agree with those that a configuration needs.
public struct PartFit: Sendable, Equatable {
  public let missing: [String]
  /// Each as `name: found instead of needed`.
  public let misshapen: [String]
  public let unexpected: [String]
  /// Of kinds that can't be read or are no weights, each with a sentence about it.
  public let unreadable: [String]
  /// Of kinds that can't be read and not needed, each with a sentence about it.
  public let ignored: [String]
  /// Scalars that the configuration needs.
  public let parameterCount: Int

  /// - Throws: ``ReportableError`` (`badData`) when the configuration is impossible.
  init(_ tensors: GatheredTensors, _ configuration: some PartConfiguration) throws {
    let needed = try configuration.tensorList().entries
    var (missing, misshapen, unreadable): ([String], [String], [String]) = ([], [], [])
    for entry in needed {
      if let source = tensors[entry.name] {
        let shape = source.shape
        if !WeightLoader.isSame(shape, entry.storedShape) {
          misshapen.append("\(entry.name): \(shape.prefix(8)) instead of \(entry.storedShape)")
        }
        if !source.type.isFloatingPoint {
          unreadable.append(
            "\(entry.name) has elements of type \(source.type.rawValue), which are no weights")
        }
      } else if let reason = tensors.unreadable[entry.name] {
        unreadable.append("\(entry.name) \(reason)")
      } else {
        missing.append(entry.name)
      }
    }
    let names = Set(needed.map(\.name))
    self.missing = missing
    self.misshapen = misshapen
    self.unreadable = unreadable
    ignored = tensors.unreadable.filter { !names.contains($0.key) && tensors[$0.key] == nil }
      .map { "\($0.key) \($0.value)" }.sorted()
    unexpected = tensors.tensorNames.filter { !names.contains($0) }.sorted()
    parameterCount = needed.reduce(0) { $0 + $1.scalarCount }
  }

  /// What does not agree, with an example or two of each kind; nil when all does.
  package var failure: ReportableError? {
    let kinds = [
      (missing, "missing"), (misshapen, "of another shape"), (unexpected, "unexpected"),
      (unreadable, "unreadable"),
    ]
    let complaints = kinds.compactMap { names, what -> String? in
      guard !names.isEmpty else { return nil }
      // The names come from the file.
      let shown = names.prefix(2).map { String(quoted($0).dropFirst().dropLast()) }
      return "\(names.count) \(what) (\(shown.joined(separator: ", "))"
        + "\(names.count > 2 ? ", ..." : ""))"
    }
    guard !complaints.isEmpty else { return nil }
    let remedy =
      complaints.count == 1 && !unreadable.isEmpty
      ? "take the model with weights of F32, F16 or BF16" : "the two belong to different models"
    return ReportableError(
      .badData,
      "does not fit its configuration: \(complaints.joined(separator: "; ")); \(remedy) "
        + "(\"instructcv model inspect\" lists all)")
  }
}
