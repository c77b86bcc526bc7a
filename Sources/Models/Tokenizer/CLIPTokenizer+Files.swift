import Platform

extension CLIPTokenizer {
  /// Merges that transformers reads, whatever follows them in the file.
  private static let maximumMergeCount = 48_894
  static let maximumFileByteCount = 64 << 20

  /// Loads the two files of a `tokenizer` folder and checks them against each other.
  ///
  /// - Parameters:
  ///   - vocabularyPath: `vocab.json`, an object from token to id.
  ///   - mergesPath: `merges.txt`, a version comment and then two tokens a line.
  ///   - cleaning: whose treatment of the text to follow.
  /// - Throws: ``ReportableError`` naming the file, and the line where there is one.
  public init(
    vocabularyPath: String, mergesPath: String, cleaning: TextCleaning = .ftfy
  ) throws {
    try self.init(
      vocabularyPath: vocabularyPath, mergesPath: mergesPath, settings: TokenizerSettings(),
      cleaning: cleaning)
  }

  init(
    vocabularyPath: String, mergesPath: String, settings: TokenizerSettings,
    cleaning: TextCleaning
  ) throws {
    let vocabulary = try Self.readJSON(at: vocabularyPath) { try Self.vocabulary(&$0) }
    let merges = try Self.merges(at: mergesPath)
    do {
      // The version comment is line 1.
      let tables = try TokenTables(vocabulary: vocabulary, merges: merges, settings: settings) {
        "line \($0 + 2)"
      }
      self.init(tables, cleaning: cleaning)
    } catch let failure as TokenTables.MergeFailure {
      throw ReportableError(.badData, failure.message, path: mergesPath)
    } catch let error as ReportableError {
      throw error.at(vocabularyPath)
    }
  }

  /// A tokenizer of given tokens and merges, the earliest merge first.
  ///
  /// - Throws: ``ReportableError`` (`badData`) when they don't fit each other.
  public init(
    vocabulary: [String: Int], merges: [(String, String)], cleaning: TextCleaning = .ftfy
  ) throws {
    do {
      let tables = try TokenTables(
        vocabulary: vocabulary, merges: merges, settings: TokenizerSettings()
      ) { "merge \($0 + 1)" }
      self.init(tables, cleaning: cleaning)
    } catch let failure as TokenTables.MergeFailure {
      throw ReportableError(.badData, failure.message)
    }
  }

  /// Reads a whole JSON file by `read`.
  ///
  /// - Throws: ``ReportableError`` naming the file and the line.
  static func readJSON<T>(
    at path: String, _ read: (inout JSONScanner) throws -> T
  ) throws -> T {
    var scanner = JSONScanner(try InputFile.bytes(at: path, maximumByteCount: maximumFileByteCount))
    do {
      let value = try read(&scanner)
      try scanner.finish()
      return value
    } catch let failure as JSONScanner.Failure {
      let name = path.split(separator: "/").last ?? ""
      throw ReportableError(
        .badData,
        "line \(failure.line): \(failure.message); this is no intact \(name), fetch it again",
        path: path)
    }
  }

  /// Reads an object from token to id.
  static func vocabulary(_ scanner: inout JSONScanner) throws -> [String: Int] {
    var vocabulary: [String: Int] = [:]
    vocabulary.reserveCapacity(1 << 16)
    var tokens: [String] = []
    try scanner.object { scanner, token in
      let id = try scanner.count()
      guard id < TokenTables.maximumCount else {
        throw scanner.failure("\(quoted(token)) has the id \(id), beyond any CLIP model")
      }
      guard !token.isEmpty, ByteAlphabet.bytes(of: token) != nil else {
        throw scanner.failure("\(quoted(token)) is not spelled in byte symbols")
      }
      guard vocabulary.updateValue(id, forKey: token) == nil else {
        throw scanner.failure("\(quoted(token)) appears twice")
      }
      if id >= tokens.count {
        tokens.append(contentsOf: repeatElement("", count: id + 1 - tokens.count))
      }
      guard tokens[id].isEmpty else {
        throw scanner.failure("\(quoted(token)) has the id \(id) of \(quoted(tokens[id]))")
      }
      tokens[id] = token
    }
    return vocabulary
  }

  private static func merges(at path: String) throws -> [(String, String)] {
    let text = try InputFile.text(at: path, maximumByteCount: maximumFileByteCount)
    func failure(_ line: Int, _ what: String) -> ReportableError {
      ReportableError(
        .badData, "line \(line): \(what); this is no intact merges.txt, fetch it again", path: path)
    }
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    while lines.last?.allSatisfy(isBlank) == true { lines.removeLast() }
    guard let first = lines.first, String(first)?.contains("#version") == true else {
      throw failure(1, "the version comment is missing")
    }
    var merges: [(String, String)] = []
    merges.reserveCapacity(min(lines.count, maximumMergeCount))
    for (index, line) in lines.enumerated().dropFirst().prefix(maximumMergeCount) {
      let parts = line.split(whereSeparator: isBlank)
      guard parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) else {
        throw failure(index + 1, "expected two tokens, found \(parts.count)")
      }
      merges.append((left, right))
    }
    return merges
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0d || byte == 0x09
  }
}
