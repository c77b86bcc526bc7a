import Platform

/// A token that is found in the text as it is spelled, before the text is cut into pieces.
///
/// The start and end tokens are such, a padding token, and what fine-tuned models have learned.
public struct AddedToken: Sendable, Equatable {
  public let content: String
  public let id: Int32
  /// Whether ``TextCleaning/fast`` looks for it in the cleaned text, itself cleaned.
  public let isNormalized: Bool

  public init(content: String, id: Int32, isNormalized: Bool) {
    self.content = content
    self.id = id
    self.isNormalized = isNormalized
  }
}

/// An added token as a file spells it; ids are given to those without one later.
struct StoredAddedToken {
  var content: String
  var id: Int?
  var isNormalized: Bool

  /// Longer ones would make the search slow.
  private static let maximumByteCount = 1024

  /// Reads a string or an object with the member `content`.
  ///
  /// Blanks that a token takes from its sides (`lstrip`, `rstrip`) make no pieces anyway.
  init(_ scanner: inout JSONScanner) throws {
    if scanner.peek() == UInt8(ascii: "\"") {
      try self.init(content: scanner.string(), id: nil, isNormalized: false, &scanner)
      return
    }
    var (content, id, isNormalized): (String?, Int?, Bool) = (nil, nil, true)
    try scanner.object { scanner, key in
      switch key {
      case "content": content = try scanner.string()
      case "id": id = try Self.id(&scanner)
      case "normalized": isNormalized = try Self.flag(&scanner)
      case "single_word":
        guard try !Self.flag(&scanner) else {
          throw scanner.failure("tokens that must be whole words (single_word) are not supported")
        }
      default: try scanner.skipValue()
      }
    }
    guard let content else { throw scanner.failure("a token has no \"content\"") }
    try self.init(content: content, id: id, isNormalized: isNormalized, &scanner)
  }

  /// A token that `scanner` has read.
  init(
    content: String, id: Int?, isNormalized: Bool, _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) {
    guard content.utf8.count <= Self.maximumByteCount else {
      throw scanner.failure("an added token has \(content.utf8.count) bytes")
    }
    self.init(content: content, id: id, isNormalized: isNormalized)
  }

  init(content: String, id: Int?, isNormalized: Bool) {
    (self.content, self.id, self.isNormalized) = (content, id, isNormalized)
  }

  static func id(_ scanner: inout JSONScanner) throws -> Int {
    let id = try scanner.count()
    guard id < TokenTables.maximumCount else {
      throw scanner.failure("the id \(id) is beyond any CLIP model")
    }
    return id
  }

  private static func flag(_ scanner: inout JSONScanner) throws -> Bool {
    let first = scanner.peek()
    guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else {
      throw scanner.failure("expected true or false")
    }
    try scanner.skipValue()
    return first == UInt8(ascii: "t")
  }
}
