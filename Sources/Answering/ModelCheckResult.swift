import Foundation

/// How one result of a model compares with the reference's.
public struct ModelCheckResult: Encodable, Sendable {
  public enum Finding: Sendable, Equatable {
    /// The largest difference divided by the largest expected number.
    case relative(Double)
    /// Numbers that have to be equal.
    case counted(differing: Int, of: Int)
  }

  /// The tensor of the reference.
  public let name: String
  /// Its axes, in the file's order.
  public let shape: [Int]
  public let finding: Finding
  /// The largest relative error that passes.
  public let tolerance: Double

  public var passes: Bool {
    switch finding {
    case .relative(let error): error <= tolerance
    case .counted(let differing, _): differing == 0
    }
  }

  private enum Key: String, CodingKey {
    case name, shape, tolerance, differing, of, passes
    case relativeError = "relative_error"
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(shape, forKey: .shape)
    try fields.encode(passes, forKey: .passes)
    switch finding {
    case .relative(let error):
      try fields.encode(tolerance, forKey: .tolerance)
      // JSON has no infinity.
      try fields.encode(error.isFinite ? error : nil, forKey: .relativeError)
    case .counted(let differing, let count):
      try fields.encode(differing, forKey: .differing)
      try fields.encode(count, forKey: .of)
    }
  }
}

extension [ModelCheckResult] {
  public var allPass: Bool { allSatisfy(\.passes) }

  /// A table for people and how many pass.
  public var text: String {
    let names = map { "\($0.name) \($0.shape)" }
    let width = names.map(\.count).max() ?? 0
    let lines = zip(names, self).map { name, result in
      let finding =
        switch result.finding {
        case .relative(let error):
          String(format: "error %.1e of %.0e", error, result.tolerance)
        case .counted(0, let count): "\(count) equal"
        case .counted(let differing, let count): "\(differing) of \(count) differ"
        }
      return "\(result.passes ? "PASS" : "FAIL")  "
        + name.padding(toLength: width, withPad: " ", startingAt: 0) + "  \(finding)"
    }
    return (lines + ["\(count { $0.passes }) of \(count) pass"]).joined(separator: "\n")
  }

  /// For programs: UTF-8, sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
