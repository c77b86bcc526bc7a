import Foundation
import Models
import Platform
import TensorCore
import Testing

/// `tokenizer.json` files, sound and broken, each broken one with the error it must give.
@Suite final class TokenizerJSONTests {
  private let folder: URL
  private static let vocabulary = TokenizerFileTests.vocabulary

  init() throws {
    folder = TokenizerGoldens.temporaryFolder
      .appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func text(
    merges: String = #"[["a", "b"], ["a", "b</w>"], ["a", "ab</w>"]]"#, type: String = "BPE",
    wordEnd: String = "</w>", vocabulary: String = TokenizerJSONTests.vocabulary,
    added: String = #"[{"id": 7, "content": "<|startoftext|>", "normalized": false}]"#
  ) -> String {
    """
    {"version": "1.0", "truncation": null, "added_tokens": \(added), "decoder": [{}, -1.5e3],
     "model": {"type": "\(type)", "dropout": null, "end_of_word_suffix": "\(wordEnd)",
      "vocab": \(vocabulary), "merges": \(merges)}, "post": {"a": ["b", [[]], {}]}}
    """
  }

  private func load(_ bytes: some Sequence<UInt8>) throws -> CLIPTokenizer {
    try Data(bytes).write(to: folder.appendingPathComponent("tokenizer.json"))
    return try CLIPTokenizer(folder: folder.path)
  }

  @Test func foldersOfEitherLayoutLoad() throws {
    let missing = #expect(throws: ReportableError.self) { try CLIPTokenizer(folder: folder.path) }
    #expect(
      missing?.description
        == "\(folder.path): has neither vocab.json with merges.txt nor tokenizer.json; copy the "
        + "model's whole tokenizer folder")
    #expect(missing?.code == .missingInput)
    let paths = ["vocab.json", "merges.txt"].map { folder.appendingPathComponent($0) }
    try Data(Self.vocabulary.utf8).write(to: paths[0])
    try Data(TokenizerFileTests.merges.utf8).write(to: paths[1])
    let expected = try CLIPTokenizer(folder: folder.path + "/").ids(of: "aab ab aba")
    #expect(expected == [6, 5, 4, 1])
    for path in paths { try FileManager.default.removeItem(at: path) }
    for merges in [
      #"[["a", "b"], ["a", "b</w>"], ["a", "ab</w>"]]"#, #"["a b", "a b</w>", "a ab</w>"]"#,
    ] {
      #expect(try load(text(merges: merges).utf8).ids(of: "aab ab aba") == expected)
    }
    // Start and end may be among the added tokens alone.
    let short = Self.vocabulary.replacingOccurrences(
      of: "6,\n  \"<|startoftext|>\": 7,\n  \"<|endoftext|>\": 8", with: "6")
    let added = #"[{"id": 7, "content": "<|startoftext|>"}, {"id": 8, "content": "<|endoftext|>"}]"#
    let tokenizer = try load(text(vocabulary: short, added: added).utf8)
    #expect(tokenizer.encode("aab", length: 4) == [7, 6, 8, 8])
    #expect(tokenizer.vocabularyCount == 9)
  }

  private static let kind =
    "is not a byte-pair tokenizer with </w> at ends of words; take the tokenizer folder of a CLIP "
    + "text encoder"
  private static let again = "; this is no intact tokenizer.json, fetch it again"
  private static let models = "; the two files belong to different models"

  private var broken: [(String, String)] {
    [
      (text(type: "WordPiece"), Self.kind), (text(wordEnd: ""), Self.kind), ("{}", Self.kind),
      (#"{"model": {"type": "BPE", "end_of_word_suffix": "</w>"}}"#, Self.kind),
      (#"{"model": {"type": "Unigram", "vocab": [["a", -1.5]]}}"#, Self.kind),
      ("[]", "line 1: expected {" + Self.again), ("", "line 1: expected {" + Self.again),
      (#"{"model": []}"#, "line 1: expected {" + Self.again),
      (#"{"model": {"type": 5}}"#, "line 1: expected \"" + Self.again),
      (#"{"model": {}, "model": {}}"#, "line 1: \"model\" appears twice" + Self.again),
      (
        #"{"model": {"merges": [], "merges": []}}"#,
        "line 1: \"merges\" appears twice" + Self.again
      ),
      (text(merges: "{}"), "line 14: expected [" + Self.again),
      (text(merges: "[5]"), "line 14: expected \"" + Self.again),
      (text(merges: #"["a b c"]"#), "line 14: expected two tokens, found 3" + Self.again),
      (text(merges: #"[["a"]]"#), "line 14: expected two tokens, found 1" + Self.again),
      (
        text(merges: #"[["a", "b"], ["b", "a"]]"#),
        "merge 2: \"ba\" is not in the vocabulary" + Self.models
      ),
      (text(merges: #"["c a"]"#), "merge 1: \"c\" is not in the vocabulary" + Self.models),
      (
        text(merges: #"["a b", "a b"]"#),
        "merge 2: \"a\" and \"b\" are merged by an earlier line already"
      ),
      (
        text(vocabulary: Self.vocabulary.replacingOccurrences(of: "6,", with: "5,")),
        "line 10: \"aab</w>\" has the id 5 of \"ab</w>\"" + Self.again
      ),
      (
        text(vocabulary: Self.vocabulary.replacingOccurrences(of: ": 8", with: ": 9")),
        "has no token with the id 8; fetch the tokenizer folder again"
      ),
      (
        text(vocabulary: Self.vocabulary.replacingOccurrences(of: ": 8", with: ": 4000000000")),
        "line 12: \"<|endoftext|>\" has the id 4000000000, beyond any CLIP model" + Self.again
      ),
      (text(added: "{}"), "line 1: expected [" + Self.again),
      (
        text(added: #"["x"]"#), "line 1: the added token \"x\" has no id" + Self.again
      ),
      (text(added: #"[{"id": 9}]"#), "line 1: a token has no \"content\"" + Self.again),
      (
        text(added: #"[{"id": 3, "content": "x"}]"#),
        "has the id 3 for \"x\" and for \"b</w>\"; fetch the tokenizer folder again"
      ),
      (
        text(added: #"[{"id": 10, "content": "x"}]"#),
        "has no token with the id 9; fetch the tokenizer folder again"
      ),
      (
        text(added: #"[{"id": 9, "content": "\#(String(repeating: "x", count: 1025))"}]"#),
        "line 1: an added token has 1025 bytes" + Self.again
      ),
      (
        "{\n\"a\": " + String(repeating: "[", count: 100_000),
        "line 2: arrays and objects are nested too deeply" + Self.again
      ),
      (#"{"a": nan}"#, "line 1: expected a value" + Self.again),
      (#"{"a": }"#, "line 1: expected a value" + Self.again),
    ]
  }

  @Test func brokenFilesAreRefused() throws {
    for (text, message) in broken {
      let error = #expect(throws: ReportableError.self) { try load(text.utf8) }
      #expect(error?.description == "\(folder.path)/tokenizer.json: \(message)")
      #expect(error?.code == .badData)
    }
  }

  @Test func hugeFilesAreRefused() throws {
    let path = folder.appendingPathComponent("tokenizer.json").path
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    try #require(truncate(path, 1 << 40) == 0)
    let error = #expect(throws: ReportableError.self) { try CLIPTokenizer(folder: folder.path) }
    #expect(error?.path == path && error?.code == .badData)
  }

  /// Damaged copies are refused or used; nothing traps.
  @Test func mutationsNeverTrap() throws {
    var stream = RandomStream(seed: 33)
    let intact = Array(text().utf8)
    var loadedCount = 0
    for _ in 0..<3000 {
      var bytes = intact
      for _ in 0...stream.integer(in: 0..<2) {
        let index = stream.integer(in: 0..<bytes.count)
        switch stream.integer(in: 0..<4) {
        case 0: bytes[index] = UInt8(truncatingIfNeeded: stream.nextWord())
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(stream.element(of: Array("{}[]\",:\\019 \nab<".utf8)), at: index)
        default: bytes.removeSubrange(index..<min(index + 9, bytes.count))
        }
      }
      do {
        let tokenizer = try load(bytes)
        loadedCount += 1
        _ = tokenizer.decode(tokenizer.encode("aab ab <|endoftext|> bé"))
      } catch is ReportableError {}
    }
    #expect(loadedCount > 50 && loadedCount < 2900)
  }
}
