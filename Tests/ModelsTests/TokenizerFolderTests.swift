import Foundation
import Models
import Platform
import Testing

/// Folders whose small files differ, against what transformers makes of them.
@Suite final class TokenizerFolderTests {
  private let folder: URL

  init() throws {
    folder = TokenizerGoldens.temporaryFolder
      .appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private struct Expectation: Decodable {
    let pad: Int32
    let count: Int
    let ids: [[Int32]]
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  private func json(_ value: Any) throws -> String {
    String(
      decoding: try JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed),
      as: UTF8.self)
  }

  private func writeFolder(_ files: [String: Any]) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
    let vocabulary = try TokenizerGoldens.text("tiny-vocab.json")
    let merges = try TokenizerGoldens.text("tiny-merges.txt")
    for (name, value) in files where name != "tokenizer.json" { try write(json(value), name) }
    if let members = files["tokenizer.json"] as? [String: Any] {
      try write(
        TokenizerGoldens.tokenizerJSON(
          vocabulary: vocabulary, merges: merges, asPairs: true,
          members: members.mapValues(json)), "tokenizer.json")
    } else {
      try write(vocabulary, "vocab.json")
      try write(merges, "merges.txt")
    }
  }

  @Test func foldersGiveTheLibrarysIDs() throws {
    let data = try Data(contentsOf: TokenizerGoldens.url("clip-folders.json"))
    let golden = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let texts = try #require(golden["texts"] as? [String])
    let folders = try #require(golden["folders"] as? [[String: Any]])
    #expect(folders.count >= 19)
    for entry in folders {
      let name = try #require(entry["name"] as? String)
      try writeFolder(try #require(entry["files"] as? [String: Any]))
      for cleaning in TextCleaning.allCases {
        guard let value = entry[cleaning.rawValue] else { continue }
        let expected = try JSONDecoder().decode(
          Expectation.self, from: JSONSerialization.data(withJSONObject: value))
        let tokenizer = try CLIPTokenizer(folder: folder.path, cleaning: cleaning)
        #expect(tokenizer.padID == expected.pad, "\(name), \(cleaning)")
        #expect(tokenizer.vocabularyCount == expected.count, "\(name), \(cleaning)")
        for (text, ids) in zip(texts, expected.ids) {
          #expect(tokenizer.ids(of: text) == ids, "\(name), \(cleaning): \(text)")
        }
      }
    }
  }

  @Test func filesDecideTheCleaning() throws {
    try writeFolder([:])
    #expect(try CLIPTokenizer(folder: folder.path).cleaning == .ftfy)
    #expect(try CLIPTokenizer(folder: folder.path, cleaning: .fast).cleaning == .fast)
    // Where there are both, the merged file is read.
    try write("{}", "tokenizer.json")
    #expect(throws: ReportableError.self) { try CLIPTokenizer(folder: folder.path) }
    try write(
      TokenizerGoldens.tokenizerJSON(
        vocabulary: try TokenizerGoldens.text("tiny-vocab.json"), merges: "#version\n",
        asPairs: false, members: [:]), "tokenizer.json")
    let tokenizer = try CLIPTokenizer(folder: folder.path)
    #expect(tokenizer.cleaning == .fast)
    #expect(tokenizer.tokens(of: "the") == ["t", "h", "e</w>"])
  }

  @Test func paddingFillsSequencesUp() throws {
    try writeFolder(["special_tokens_map.json": ["pad_token": "!"]])
    let tokenizer = try CLIPTokenizer(folder: folder.path)
    #expect(tokenizer.padID == 0)
    #expect(
      tokenizer.encode("a!", length: 6) == [tokenizer.startID, 320, 0, tokenizer.endID, 0, 0])
    #expect(tokenizer.encode("a a a", length: 3) == [tokenizer.startID, 320, tokenizer.endID])
    #expect(tokenizer.decode(tokenizer.encode("a", length: 6)) == "a")
  }

  private static let brokenFiles: [(String, String, String)] = [
    ("tokenizer_config.json", "[]", "line 1: expected {"),
    ("tokenizer_config.json", #"{"pad_token": 5}"#, "line 1: expected {"),
    ("tokenizer_config.json", #"{"pad_token": nul}"#, "line 1: expected a value"),
    ("tokenizer_config.json", #"{"pad_token": {}}"#, #"line 1: a token has no "content""#),
    (
      "tokenizer_config.json", #"{"pad_token": "!", "pad_token": "?"}"#,
      "line 1: \"pad_token\" appears twice"
    ),
    (
      "tokenizer_config.json", #"{"added_tokens_decoder": {"-1": {"content": "x"}}}"#,
      "line 1: \"-1\" is no token id"
    ),
    (
      "tokenizer_config.json", #"{"added_tokens_decoder": {"99999999": {"content": "x"}}}"#,
      "line 1: \"99999999\" is no token id"
    ),
    (
      "special_tokens_map.json", #"{"pad_token": {"content": "!", "normalized": 1}}"#,
      "line 1: expected true or false"
    ),
    (
      "special_tokens_map.json", #"{"pad_token": {"content": "!", "single_word": true}}"#,
      "line 1: tokens that must be whole words (single_word) are not supported"
    ),
    ("added_tokens.json", #"{"<x>": "9"}"#, "line 1: expected a whole number that is not negative"),
    ("added_tokens.json", #"{"<x>": 1048576}"#, "line 1: the id 1048576 is beyond any CLIP model"),
  ]

  @Test func brokenSmallFilesAreNamed() throws {
    for (name, text, message) in Self.brokenFiles {
      try writeFolder([:])
      try write(text, name)
      let error = #expect(throws: ReportableError.self) { try CLIPTokenizer(folder: folder.path) }
      #expect(
        error?.description
          == "\(folder.path)/\(name): \(message); this is no intact \(name), fetch it again")
      #expect(error?.code == .badData)
    }
  }

  @Test func contradictionsAreRefused() throws {
    let again = "; fetch the tokenizer folder again"
    let last = 813
    for (files, message) in [
      (["added_tokens.json": ["a": 5]], "gives \"a\" two ids" + again),
      (
        ["added_tokens.json": ["<x>": 5]],
        "has the id 5 for \"<x>\" and for \"&\"" + again
      ),
      (
        ["added_tokens.json": ["<x>": last + 2]],
        "has no token with the id \(last + 1)" + again
      ),
      (
        ["added_tokens.json": [String(repeating: "x", count: 1025): last + 1]],
        "line 1: an added token has 1025 bytes; this is no intact added_tokens.json, fetch it again"
      ),
      (
        ["special_tokens_map.json": ["bos_token": "[BOS]"]],
        "names \"[BOS]\" as bos_token; CLIP's is <|startoftext|>, take the tokenizer folder of a "
          + "CLIP text encoder"
      ),
    ] as [([String: Any], String)] {
      try writeFolder(files)
      let error = #expect(throws: ReportableError.self) { try CLIPTokenizer(folder: folder.path) }
      #expect(error?.message == message)
      #expect(error?.code == .badData)
    }
    try writeFolder(["special_tokens_map.json": ["unk_token": "", "pad_token": ""]])
    let tokenizer = try CLIPTokenizer(folder: folder.path)
    #expect(tokenizer.padID == tokenizer.endID && tokenizer.vocabularyCount == last + 1)
  }
}
