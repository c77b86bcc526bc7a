import Foundation
import Models
import Platform
import Testing

/// What transformers made of one text.
struct TokenizerExample: Decodable {
  let text: String
  /// Without start and end.
  let ids: [Int32]
  /// Of the first 75 ids.
  let decoded: String
}

/// Golden files of the tokenizer, and the real vocabulary where the machine has it.
enum TokenizerGoldens {
  struct Real: Decodable { let examples: [TokenizerExample] }

  struct Trained: Decodable {
    struct Vocabulary: Decodable {
      let label: String
      let mergeCount: Int
      let minimumPairCount: Int
      let lowercaseASCII: Bool
      let examples: [TokenizerExample]
    }
    let corpus: [String]
    let vocabularies: [Vocabulary]
  }

  /// In memory where the system has such a place: thousands of small files are written.
  static var temporaryFolder: URL {
    FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? URL(fileURLWithPath: "/dev/shm") : FileManager.default.temporaryDirectory
  }

  static func url(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Goldens/\(name)", withExtension: nil))
  }

  static func text(_ name: String) throws -> String {
    try String(contentsOf: url(name), encoding: .utf8)
  }

  static func decoded<T: Decodable>(_: T.Type, _ name: String) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(contentsOf: url(name)))
  }

  /// The folder of CLIP's own vocab.json and merges.txt.
  static let realFolder: URL = {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["INSTRUCTCV_SHARED_DATA"].map { URL(fileURLWithPath: $0) }
      ?? root.appendingPathComponent("../shared/data").standardizedFileURL
    return shared.appendingPathComponent("tokenizers/clip")
  }()

  static var hasReal: Bool {
    FileManager.default.fileExists(atPath: realFolder.appendingPathComponent("vocab.json").path)
  }

  /// The one that `clip-tokenizer.json` was made with.
  static func real() throws -> CLIPTokenizer {
    try CLIPTokenizer(
      vocabularyPath: realFolder.appendingPathComponent("vocab.json").path,
      mergesPath: realFolder.appendingPathComponent("merges.txt").path, cleaning: .python)
  }

  /// A `tokenizer.json` with the model of the two files; `members` are JSON texts.
  static func tokenizerJSON(
    vocabulary: String, merges: String, asPairs: Bool, members: [String: String]
  ) -> String {
    let merges = merges.split(separator: "\n").dropFirst().map { line in
      let parts = line.split(separator: " ").map { JSONScanner.text(String($0)) }
      return asPairs ? "[\(parts.joined(separator: ", "))]" : JSONScanner.text(String(line))
    }
    let model = """
      {"type": "BPE", "dropout": null, "end_of_word_suffix": "</w>",
       "vocab": \(vocabulary), "merges": [\(merges.joined(separator: ","))]}
      """
    let all = members.merging(["model": model, "version": "\"1.0\""]) { first, _ in first }
    return "{\(all.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ",\n"))}"
  }

  /// Compares everything the tokenizer says with the examples; returns how many disagree.
  static func disagreements(_ tokenizer: CLIPTokenizer, _ examples: [TokenizerExample]) -> [String]
  {
    examples.compactMap { example in
      let ids = tokenizer.ids(of: example.text)
      let kept = Array(example.ids.prefix(75))
      let padding = [Int32](repeating: tokenizer.endID, count: 76 - kept.count)
      let encoded = tokenizer.encode(example.text)
      let agree =
        ids == example.ids && encoded == [tokenizer.startID] + kept + padding
        && tokenizer.decode(encoded).unicodeScalars.elementsEqual(example.decoded.unicodeScalars)
        && tokenizer.truncatedCount(example.text) == max(0, example.ids.count - 75)
      return agree ? nil : "\(example.text.debugDescription): \(ids) instead of \(example.ids)"
    }
  }
}
