/// Gathers the failures of several independent checks, so that one error tells all of them and
/// nobody has to mend one to hear of the next.
public struct ErrorCollection: Sendable {
  public private(set) var errors: [ReportableError] = []

  public init() {}

  public mutating func add(_ error: any Error) {
    let error =
      error as? ReportableError
      ?? ReportableError(.internalFailure, "failed unexpectedly", cause: error)
    errors.append(error)
  }

  public mutating func add(_ other: ErrorCollection) { errors += other.errors }

  /// What `body` gives; nil when it throws, which is kept and said of `path` if it names none.
  public mutating func collect<R>(at path: String? = nil, _ body: () throws -> R) -> R? {
    do {
      return try body()
    } catch let error as ReportableError {
      errors.append(path.map { error.at($0) } ?? error)
    } catch {
      add(error)
    }
    return nil
  }

  /// All failures as one, said of `path`; files below it are named from there. A single failure is
  /// itself.
  ///
  /// - Returns: nil when there is none. `missingInput` if all are that, else `badData`.
  public func combined(at path: String) -> ReportableError? {
    guard errors.count > 1 else { return errors.first?.at(path) }
    let folder = path.hasSuffix("/") ? path : path + "/"
    let texts = errors.map { error in
      let text = error.description
      return text.hasPrefix(folder) ? String(text.dropFirst(folder.count)) : text
    }
    let code: ReportableError.Code =
      errors.allSatisfy { $0.code == .missingInput } ? .missingInput : .badData
    return ReportableError(
      code, "\(errors.count) things are wrong: \(texts.joined(separator: "; "))", path: path)
  }
}
