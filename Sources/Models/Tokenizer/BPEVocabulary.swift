import Platform

/// A learned vocabulary, ready to be used or written as the two files of a tokenizer folder.
public struct BPEVocabulary: Sendable {
  /// Spellings by id, the start and end tokens last.
  public let tokens: [String]
  /// In the order they are applied.
  public let merges: [(String, String)]

  /// A tokenizer with this vocabulary.
  ///
  /// - Parameter cleaning: whose treatment of the text to follow.
  public func tokenizer(cleaning: TextCleaning = .ftfy) throws -> CLIPTokenizer {
    try CLIPTokenizer(
      vocabulary: Dictionary(
        tokens.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }),
      merges: merges, cleaning: cleaning)
  }

  /// `vocab.json`, in the order of the ids.
  public var vocabularyText: String {
    let lines = tokens.enumerated().map { "  \(JSONScanner.text($1)): \($0)" }
    return "{\n\(lines.joined(separator: ",\n"))\n}\n"
  }

  /// `merges.txt`, with the version comment that readers skip.
  public var mergesText: String {
    "#version: 0.2\n" + merges.map { "\($0) \($1)\n" }.joined()
  }

  /// Writes both files so that ``CLIPTokenizer`` and transformers' slow `CLIPTokenizer` read them.
  ///
  /// - Throws: ``ReportableError`` (`inputOutput`) naming the file.
  public func write(vocabularyPath: String, mergesPath: String) throws {
    try AtomicFile.write(vocabularyText, to: vocabularyPath)
    try AtomicFile.write(mergesText, to: mergesPath)
  }
}
