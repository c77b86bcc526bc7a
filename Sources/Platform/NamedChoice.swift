/// A value of a file that is one of a few names: another name is an error that lists them.
public protocol NamedChoice: RawRepresentable, CaseIterable, Codable where RawValue == String {}

extension NamedChoice {
  /// - Throws: `DecodingError.dataCorrupted` that lists the names.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let choice = Self(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "\"\(name)\" is none of "
          + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = choice
  }
}
