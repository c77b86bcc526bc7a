import Foundation
import Models
import Platform
import TensorCore
import Testing

/// Broken vocabulary files, each with the error it must give.
@Suite final class TokenizerFileTests {
  private let folder: URL
  static let vocabulary = #"""
    {
      "a": 0,
      "a</w>": 1,
      "b": 2,
      "b</w>": 3,
      "ab": 4,
      "ab</w>": 5,
      "aab</w>": 6,
      "<|startoftext|>": 7,
      "<|endoftext|>": 8
    }

    """#
  static let merges = "#version: 0.2\na b\na b</w>\na ab</w>\n"

  init() throws {
    folder = TokenizerGoldens.temporaryFolder
      .appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func load(_ vocabulary: [UInt8], _ merges: [UInt8]) throws -> CLIPTokenizer {
    let paths = ["vocab.json", "merges.txt"].map { folder.appendingPathComponent($0).path }
    try Data(vocabulary).write(to: URL(fileURLWithPath: paths[0]))
    try Data(merges).write(to: URL(fileURLWithPath: paths[1]))
    return try CLIPTokenizer(vocabularyPath: paths[0], mergesPath: paths[1])
  }

  private func load(_ vocabulary: String, _ merges: String) throws -> CLIPTokenizer {
    try load(Array(vocabulary.utf8), Array(merges.utf8))
  }

  @Test func intactFilesLoad() throws {
    let tokenizer = try load(Self.vocabulary, Self.merges)
    #expect(tokenizer.encode("Aab abA", length: 6) == [7, 6, 4, 1, 8, 8])
    let windows = Self.merges.replacingOccurrences(of: "\n", with: "\r\n") + "\r\n\r\n"
    #expect(try load(Self.vocabulary, windows).ids(of: "aab aba") == tokenizer.ids(of: "aab aba"))
    #expect(try load(Self.vocabulary, "#version: 0.2").ids(of: "ab") == [0, 3])
  }

  private static let vocabularyCases: [(String, String, String)] = [
    ("{\n  \"a\"", "[\n  \"a\"", "line 1: expected {"),
    ("\"b\": 2,", "\"b\": 2", "line 5: expected }"),
    ("\"b\": 2", "\"b\": -2", "line 4: expected a whole number that is not negative"),
    ("\"b\": 2", "\"b\": \"2\"", "line 4: expected a whole number that is not negative"),
    ("\"b\": 2", "\"b\": 2.5", "line 4: expected a whole number"),
    ("\"b\": 2", "\"b\": 1048576", "line 4: \"b\" has the id 1048576, beyond any CLIP model"),
    ("\"b\": 2", "\"b\": 99999999999999999999", "line 4: a number is too large"),
    ("\"b\": 2", "\"b\": 1", "line 4: \"b\" has the id 1 of \"a</w>\""),
    ("\"b\": 2", "\"a\": 2", "line 4: \"a\" appears twice"),
    ("\"b\": 2", "\"b c\": 2", "line 4: \"b c\" is not spelled in byte symbols"),
    ("\"b\": 2", "\"e\u{301}\": 2", "line 4: \"e\u{301}\" is not spelled in byte symbols"),
    ("\"b\": 2", "\"\": 2", "line 4: \"\" is not spelled in byte symbols"),
    ("}\n", "}\n}", "line 12: unexpected text after the end of the JSON value"),
  ]

  @Test func brokenVocabulariesAreRefused() {
    let path = folder.appendingPathComponent("vocab.json").path
    for (old, new, message) in Self.vocabularyCases {
      let text = Self.vocabulary.replacingOccurrences(of: old, with: new)
      let error = #expect(throws: ReportableError.self) { try load(text, Self.merges) }
      #expect(
        error?.description
          == "\(path): \(message); this is no intact vocab.json, fetch it again")
    }
    let special =
      "has no <|startoftext|> or no <|endoftext|>; it is not a CLIP vocabulary, take the vocab.json "
      + "of the model's tokenizer folder"
    for (text, message) in [
      ("{}", "is an empty vocabulary"), ("{\"a\": 0}", special),
      (Self.vocabulary.replacingOccurrences(of: "<|endof", with: "<|end-of"), special),
      (
        "{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}",
        "has no single-byte tokens; it is not a byte-level vocabulary"
      ),
    ] {
      let error = #expect(throws: ReportableError.self) { try load(text, Self.merges) }
      #expect(error?.description == "\(path): \(message)")
      #expect(error?.code == .badData)
    }
  }

  private static let again = "; this is no intact merges.txt, fetch it again"
  private static let mergeCases: [(String, String)] = [
    ("", "line 1: the version comment is missing" + again),
    ("a b\na b</w>\n", "line 1: the version comment is missing" + again),
    ("#version: 0.2\na b\nab\n", "line 3: expected two tokens, found 1" + again),
    ("#version: 0.2\na b a\n", "line 2: expected two tokens, found 3" + again),
    ("#version: 0.2\n\na b\n", "line 2: expected two tokens, found 0" + again),
    (
      "#version: 0.2\na b\nc a\n",
      "line 3: \"c\" is not in the vocabulary; the two files belong to different models"
    ),
    (
      "#version: 0.2\na b\nb a\n",
      "line 3: \"ba\" is not in the vocabulary; the two files belong to different models"
    ),
    (
      "#version: 0.2\na ab</w>\na b</w>\n",
      "line 2: \"ab</w>\" is merged before any line has made it; the lines are out of order"
    ),
    (
      "#version: 0.2\na b\na b\n",
      "line 3: \"a\" and \"b\" are merged by an earlier line already"
    ),
  ]

  @Test func brokenMergesAreRefused() {
    let path = folder.appendingPathComponent("merges.txt").path
    for (text, message) in Self.mergeCases {
      let error = #expect(throws: ReportableError.self) { try load(Self.vocabulary, text) }
      #expect(error?.description == "\(path): \(message)")
      #expect(error?.code == .badData)
    }
    let error = #expect(throws: ReportableError.self) {
      try load(Array(Self.vocabulary.utf8), Array("#version\n".utf8) + [0xff, 0x20, 0x61])
    }
    #expect(error?.description == "\(path): is not UTF-8 text")
  }

  @Test func missingFilesAreNamed() {
    let error = #expect(throws: ReportableError.self) {
      try CLIPTokenizer(vocabularyPath: folder.path + "/none.json", mergesPath: "x")
    }
    #expect(error?.code == .missingInput)
    #expect(error?.path == folder.path + "/none.json")
  }

  @Test func brokenTablesAreRefused() throws {
    let good = ["a": 0, "a</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3, "aa</w>": 4]
    #expect(
      try CLIPTokenizer(vocabulary: good, merges: [("a", "a</w>")]).encode("aa", length: 3)
        == [2, 4, 3])
    let message = #expect(throws: ReportableError.self) {
      try CLIPTokenizer(vocabulary: good, merges: [("a", "a</w>"), ("a", "a")])
    }?.message
    #expect(
      message
        == "merge 2: \"aa\" is not in the vocabulary; the two files belong to different models")
    for bad in [
      ["a": -1], ["a": 1 << 40], ["a": .max], ["a": 1], ["": 5], ["中": 5], ["a": .min], ["b": 6],
    ] {
      #expect(throws: ReportableError.self) {
        try CLIPTokenizer(vocabulary: good.merging(bad) { $1 }, merges: [])
      }
      #expect(throws: ReportableError.self) { try CLIPTokenizer(vocabulary: bad, merges: []) }
    }
  }

  /// Damaged copies are refused or used; nothing traps.
  @Test func mutationsNeverTrap() throws {
    var stream = RandomStream(seed: 31)
    var loadedCount = 0
    for _ in 0..<3000 {
      var files = [Array(Self.vocabulary.utf8), Array(Self.merges.utf8)]
      for _ in 0...stream.integer(in: 0..<2) {
        let file = stream.integer(in: 0..<2)
        let index = stream.integer(in: 0..<files[file].count)
        switch stream.integer(in: 0..<4) {
        case 0: files[file][index] = UInt8(truncatingIfNeeded: stream.nextWord())
        case 1: files[file].remove(at: index)
        case 2: files[file].insert(stream.element(of: Array("{}\",:\\019 \nab<".utf8)), at: index)
        default: files[file].removeSubrange(index..<min(index + 9, files[file].count))
        }
      }
      do {
        let tokenizer = try load(files[0], files[1])
        loadedCount += 1
        _ = tokenizer.decode(tokenizer.encode("aab ab <|endoftext|> bé"))
      } catch is ReportableError {}
    }
    #expect(loadedCount > 50 && loadedCount < 2900)
  }

  @Test func anyTextIsEncoded() throws {
    let tokenizer = try BPETrainer(mergeCount: 100).train(on: ["the cat sat on the mat"])
      .tokenizer()
    var stream = RandomStream(seed: 32)
    for _ in 0..<500 {
      var text = String.UnicodeScalarView()
      for _ in 0..<stream.integer(in: 0..<30) {
        let limit = stream.element(of: [0x80, 0x400, 0x3000, 0x110000])
        if let scalar = Unicode.Scalar(stream.integer(in: 0..<limit)) { text.append(scalar) }
      }
      let ids = tokenizer.encode(String(text))
      #expect(ids.count == 77 && ids[0] == tokenizer.startID && ids[76] == tokenizer.endID)
      _ = tokenizer.decode(ids)
    }
  }
}
