import Layers
import Platform

/// How the tensors that are there agree with those that a configuration needs.
public struct PartFit: Sendable, Equatable {
  public let missing: [String]
  /// Each as `name: found instead of needed`.
  public let misshapen: [String]
  public let unexpected: [String]
  /// Of kinds that can't be read, each with a sentence about it.
  public let unreadable: [String]
  /// Scalars that the configuration needs.
  public let parameterCount: Int

  /// - Throws: ``ReportableError`` (`badData`) when the configuration is impossible.
  init(_ tensors: GatheredTensors, _ configuration: some PartConfiguration) throws {
    let needed = try configuration.tensorList().entries
    var (missing, misshapen, unreadable): ([String], [String], [String]) = ([], [], [])
    for entry in needed {
      if let shape = tensors.storedShape(of: entry.name) {
        if !WeightLoader.isSame(shape, entry.storedShape) {
          misshapen.append("\(entry.name): \(shape.prefix(8)) instead of \(entry.storedShape)")
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
    unexpected = tensors.tensorNames.filter { !names.contains($0) }.sorted()
    parameterCount = needed.reduce(0) { $0 + $1.scalarCount }
  }

  /// What does not agree, with an example or two of each kind; nil when all does.
  var failure: ReportableError? {
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
    return ReportableError(
      .badData,
      "does not fit its configuration: \(complaints.joined(separator: "; ")); the two belong to "
        + "different models (\"instructcv model inspect\" lists all)")
  }
}
