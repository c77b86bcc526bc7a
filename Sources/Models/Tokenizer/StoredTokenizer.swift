import Platform

/// What is used of a `tokenizer.json`: the vocabulary, the merges and the added tokens.
struct StoredTokenizer {
  private(set) var added: [StoredAddedToken] = []
  private var model: Model?

  /// - Throws: ``ReportableError`` naming the file.
  init(path: String) throws {
    try CLIPTokenizer.readJSON(at: path) { scanner in
      var hasAdded = false
      try scanner.object { scanner, key in
        switch key {
        case "model":
          guard model == nil else { throw scanner.failure("\"model\" appears twice") }
          model = try Model(&scanner)
        case "added_tokens":
          guard !hasAdded else { throw scanner.failure("\"added_tokens\" appears twice") }
          hasAdded = true
          try scanner.array { added.append(try Self.added(&$0)) }
        default: try scanner.skipValue()
        }
      }
    }
    guard let model, model.type == "BPE", model.wordEnd == ByteAlphabet.wordEnd,
      model.hasVocabulary
    else {
      throw ReportableError(
        .badData,
        "is not a byte-pair tokenizer with \(ByteAlphabet.wordEnd) at ends of words; take the "
          + "tokenizer folder of a CLIP text encoder", path: path)
    }
  }

  /// The checked tables.
  ///
  /// - Throws: ``ReportableError`` naming `path`.
  func tables(_ settings: TokenizerSettings, path: String) throws -> TokenTables {
    do {
      return try TokenTables(
        vocabulary: model?.vocabulary ?? [:], merges: model?.merges ?? [], settings: settings
      ) { "merge \($0 + 1)" }
    } catch let failure as TokenTables.MergeFailure {
      throw ReportableError(.badData, failure.message, path: path)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  private static func added(_ scanner: inout JSONScanner) throws -> StoredAddedToken {
    let token = try StoredAddedToken(&scanner)
    guard token.id != nil else {
      throw scanner.failure("the added token \(quoted(token.content)) has no id")
    }
    return token
  }

  private struct Model {
    var type: String?
    var wordEnd: String?
    var hasVocabulary = false
    var vocabulary: [String: Int] = [:]
    var merges: [(String, String)] = []

    init(_ scanner: inout JSONScanner) throws {
      var seen: Set<String> = []
      try scanner.object { scanner, key in
        guard seen.insert(key).inserted else {
          throw scanner.failure("\(quoted(key)) appears twice")
        }
        switch key {
        case "type": type = try scanner.string()
        case "end_of_word_suffix" where scanner.peek() == UInt8(ascii: "\""):
          wordEnd = try scanner.string()
        // Other kinds of models have other kinds of vocabularies.
        case "vocab" where scanner.peek() == UInt8(ascii: "{"):
          vocabulary = try CLIPTokenizer.vocabulary(&scanner)
          hasVocabulary = true
        case "merges":
          try scanner.array { merges.append(try Self.merge(&$0)) }
        default: try scanner.skipValue()
        }
      }
    }

    /// Two tokens, in an array or, in older files, in one string with a blank between them.
    private static func merge(_ scanner: inout JSONScanner) throws -> (String, String) {
      if scanner.peek() == UInt8(ascii: "[") {
        var parts: [String] = []
        try scanner.array { parts.append(try $0.string()) }
        guard parts.count == 2 else {
          throw scanner.failure("expected two tokens, found \(parts.count)")
        }
        return (parts[0], parts[1])
      }
      let parts = try scanner.string().utf8.split(
        separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) else {
        throw scanner.failure("expected two tokens, found \(parts.count)")
      }
      return (left, right)
    }
  }
}
