/// Shares by name, a table of the configuration. It is written in the order of its names, so equal
/// tables always give equal text.
public struct ShareTable: Codable, Sendable, Equatable, ExpressibleByDictionaryLiteral {
  private var shares: [String: Double]

  public init(dictionaryLiteral elements: (String, Double)...) {
    shares = Dictionary(elements) { $1 }
  }

  public init(from decoder: any Decoder) throws {
    shares = try [String: Double](from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for name in names { try container.encode(self[name], forKey: Name(stringValue: name)) }
  }

  /// The names that are listed, sorted.
  public var names: [String] { shares.keys.sorted() }

  /// The share of `name`; 0 when it isn't listed.
  public subscript(name: String) -> Double {
    get { shares[name] ?? 0 }
    set { shares[name] = newValue }
  }

  /// What makes no sense, in the words of the configuration file.
  func problems(at path: String) -> [String] {
    guard shares.values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      return ["\(path) can't hold negative or endless shares"]
    }
    return shares.values.contains { $0 > 0 } ? [] : ["\(path) needs at least one positive share"]
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
