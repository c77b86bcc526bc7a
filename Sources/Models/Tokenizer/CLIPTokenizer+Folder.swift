import Foundation
import Platform

extension CLIPTokenizer {
  /// Loads the `tokenizer` folder of a diffusers model: `vocab.json` with `merges.txt`, or, as
  /// current libraries save it, `tokenizer.json` alone.
  ///
  /// Deviates: of `tokenizer.json` only the vocabulary and the merges are used. Its own rules for
  /// cleaning text keep control characters and don't separate CJK ideographs.
  /// - Throws: ``ReportableError`` naming the folder or the file.
  public init(folder: String) throws {
    func path(_ name: String) -> String {
      folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
    if FileManager.default.fileExists(atPath: path("vocab.json")) {
      try self.init(vocabularyPath: path("vocab.json"), mergesPath: path("merges.txt"))
    } else if FileManager.default.fileExists(atPath: path("tokenizer.json")) {
      try self.init(tokenizerPath: path("tokenizer.json"))
    } else {
      throw ReportableError(
        .missingInput,
        "has neither vocab.json with merges.txt nor tokenizer.json; copy the model's whole "
          + "tokenizer folder", path: folder)
    }
  }

  private init(tokenizerPath path: String) throws {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: Self.maximumFileByteCount)
    do {
      var scanner = JSONScanner(bytes)
      var model: StoredModel?
      try scanner.object { scanner, key in
        if key == "model" {
          guard model == nil else { throw scanner.failure("\"model\" appears twice") }
          model = try StoredModel(&scanner)
        } else {
          try scanner.skipValue()
        }
      }
      try scanner.finish()
      guard let model, model.type == "BPE", model.wordEnd == ByteAlphabet.wordEnd else {
        throw ReportableError(
          .badData,
          "is not a byte-pair tokenizer with \(ByteAlphabet.wordEnd) at ends of words; take the "
            + "tokenizer folder of a CLIP text encoder")
      }
      self.init(
        try TokenTables(vocabulary: model.vocabulary, merges: model.merges) { "merge \($0 + 1)" })
    } catch let failure as JSONScanner.Failure {
      throw ReportableError(
        .badData,
        "line \(failure.line): \(failure.message); this is no intact tokenizer.json, fetch it again",
        path: path)
    } catch let failure as TokenTables.MergeFailure {
      throw ReportableError(.badData, failure.message, path: path)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// The member `model` of a `tokenizer.json`.
  private struct StoredModel {
    var type: String?
    var wordEnd: String?
    var vocabulary: [String: Int] = [:]
    var merges: [(String, String)] = []

    init(_ scanner: inout JSONScanner) throws {
      var (type, wordEnd): (String?, String?) = (nil, nil)
      var (vocabulary, merges): ([String: Int], [(String, String)]) = ([:], [])
      try scanner.object { scanner, key in
        switch key {
        case "type": type = try scanner.string()
        case "end_of_word_suffix" where scanner.peek() == UInt8(ascii: "\""):
          wordEnd = try scanner.string()
        // Other kinds of models have other kinds of vocabularies.
        case "vocab" where scanner.peek() == UInt8(ascii: "{"):
          vocabulary = try CLIPTokenizer.vocabulary(&scanner)
        case "merges":
          try scanner.array { merges.append(try Self.merge(&$0)) }
        default: try scanner.skipValue()
        }
      }
      (self.type, self.wordEnd, self.vocabulary, self.merges) = (type, wordEnd, vocabulary, merges)
    }

    /// Two tokens, in an array or, in older files, in one string with a blank between them.
    private static func merge(_ scanner: inout JSONScanner) throws -> (String, String) {
      var parts: [String] = []
      if scanner.peek() == UInt8(ascii: "[") {
        try scanner.array { parts.append(try $0.string()) }
      } else {
        parts = try scanner.string().split(separator: " ", omittingEmptySubsequences: false)
          .map(String.init)
      }
      guard parts.count == 2 else {
        throw scanner.failure("expected two tokens, found \(parts.count)")
      }
      return (parts[0], parts[1])
    }
  }
}
