import Foundation
import Models
import Testing

/// All forms of the CLIP tokenizer, with CLIP's own vocabulary, against hashes of their ids; those of
/// ``TextCleaning/ftfy`` without the repair of mojibake.
@Suite(
  .enabled(
    if: TokenizerGoldens.hasReal,
    "needs CLIP's vocabulary in INSTRUCTCV_SHARED_DATA/tokenizers/clip"))
struct TokenizerCleaningTests {
  private struct Hashes: Decodable {
    /// Eight hexadecimal digits each.
    let texts: String
    let codePoints: String

    init(_ cleaning: TextCleaning) throws {
      self = try TokenizerGoldens.decoded(Hashes.self, "clip-ids-\(cleaning).json")
    }

    static func values(_ digits: String) -> [UInt32?] {
      let digits = Array(digits.utf8)
      return stride(from: 0, to: digits.count, by: 8).map {
        UInt32(String(decoding: digits[$0..<min($0 + 8, digits.count)], as: UTF8.self), radix: 16)
      }
    }
  }

  private func tokenizer(_ cleaning: TextCleaning) throws -> CLIPTokenizer {
    try CLIPTokenizer(folder: TokenizerGoldens.realFolder.path, cleaning: cleaning)
  }

  /// FNV-1a over the ids, 16 bits each, little-endian.
  private func hash(_ ids: [Int32], _ start: UInt32 = 0x811c_9dc5) -> UInt32 {
    ids.reduce(start) { hash, id in
      let low = (hash ^ UInt32(id & 0xff)) &* 0x0100_0193
      return (low ^ UInt32(id >> 8)) &* 0x0100_0193
    }
  }

  @Test(arguments: TextCleaning.allCases)
  func textsGiveTheLibrarysIDs(_ cleaning: TextCleaning) throws {
    var texts = try TokenizerGoldens.decoded([String].self, "clip-texts.json")
    #expect(texts.count >= 5000)
    if cleaning == .ftfy {
      texts += try TokenizerGoldens.decoded([String].self, "clip-repair-texts.json")
    }
    let expected = Hashes.values(try Hashes(cleaning).texts)
    try #require(expected.count == texts.count)
    let tokenizer = try tokenizer(cleaning)
    var disagreeing: [String] = []
    for (text, expected) in zip(texts, expected) {
      let ids = tokenizer.ids(of: text)
      let kept = Array(ids.prefix(75))
      let sequence =
        [tokenizer.startID] + kept
        + [Int32](repeating: tokenizer.endID, count: 76 - kept.count)
      if hash(ids) != expected || tokenizer.encode(text) != sequence {
        disagreeing.append("\(text.debugDescription): \(ids)")
      }
    }
    #expect(disagreeing == [])
  }

  /// Each code point between letters, before and after marks, and before a sigma.
  @Test(arguments: TextCleaning.allCases)
  func codePointsGiveTheLibrarysIDs(_ cleaning: TextCleaning) throws {
    let expected = Hashes.values(try Hashes(cleaning).codePoints)
    try #require(expected.count == 0x110)
    let tokenizer = try tokenizer(cleaning)
    var disagreeing: [String] = []
    for (block, expected) in expected.enumerated() {
      var value: UInt32 = 0x811c_9dc5
      for point in block * 4096..<(block + 1) * 4096 where block < 32 || point % 61 == 0 {
        guard let scalar = Unicode.Scalar(UInt32(point)) else { continue }
        let text = "A\(scalar)b \(scalar)\u{323}\u{301}\u{3a3}"
        value = hash(tokenizer.ids(of: text), value)
      }
      if value != expected { disagreeing.append(String(block, radix: 16)) }
    }
    #expect(disagreeing == [])
  }

  /// The same tables as one `tokenizer.json`, merges as pairs or as strings.
  @Test func oneFileGivesTheSameIDs() throws {
    let folder = TokenizerGoldens.temporaryFolder
      .appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let real = TokenizerGoldens.realFolder
    let vocabulary = try String(
      contentsOf: real.appendingPathComponent("vocab.json"), encoding: .utf8)
    let merges = try String(
      contentsOf: real.appendingPathComponent("merges.txt"), encoding: .utf8)
    let texts = try TokenizerGoldens.decoded([String].self, "clip-texts.json").prefix(300)
    let expected = try CLIPTokenizer(
      vocabularyPath: real.appendingPathComponent("vocab.json").path,
      mergesPath: real.appendingPathComponent("merges.txt").path, cleaning: .fast)
    for asPairs in [true, false] {
      let text = TokenizerGoldens.tokenizerJSON(
        vocabulary: vocabulary, merges: merges, asPairs: asPairs, members: [:])
      try Data(text.utf8).write(to: folder.appendingPathComponent("tokenizer.json"))
      let tokenizer = try CLIPTokenizer(folder: folder.path)
      #expect(tokenizer.cleaning == .fast)
      #expect(tokenizer.vocabularyCount == 49_408)
      for text in texts { #expect(tokenizer.ids(of: text) == expected.ids(of: text)) }
    }
  }
}
