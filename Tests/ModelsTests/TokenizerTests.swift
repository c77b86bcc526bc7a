import Foundation
import Models
import Platform
import TensorCore
import Testing

@Suite struct TokenizerTests {
  @Test(
    .enabled(
      if: TokenizerGoldens.hasReal,
      "needs CLIP's vocabulary in INSTRUCTCV_SHARED_DATA/tokenizers/clip"))
  func realVocabularyGivesTheLibrarysIDs() throws {
    let golden = try TokenizerGoldens.decoded(TokenizerGoldens.Real.self, "clip-tokenizer.json")
    #expect(golden.examples.count >= 500)
    let tokenizer = try TokenizerGoldens.real()
    #expect(tokenizer.vocabularyCount == 49_408)
    #expect(tokenizer.startID == 49_406 && tokenizer.endID == 49_407)
    // Twice, the second time from the cache.
    for _ in 0..<2 {
      #expect(TokenizerGoldens.disagreements(tokenizer, golden.examples) == [])
    }
    #expect(
      tokenizer.tokens(of: "A photo of  Zürich!")
        == ["a</w>", "photo</w>", "of</w>", "z", "Ã¼", "rich</w>", "!</w>"])
  }

  /// The heap against a sweep over the word for every merge, on merges in any order.
  @Test func mergingIsTheSweepOfTheDefinition() {
    var stream = RandomStream(seed: 9)
    for _ in 0..<300 {
      let symbolCount = stream.integer(in: 2..<7)
      var merges: [(Int32, Int32, Int32)] = []
      var merger = BytePairMerger()
      for _ in 0..<stream.integer(in: 1..<30) {
        let left = Int32(stream.integer(in: 0..<symbolCount + merges.count))
        let right = Int32(stream.integer(in: 0..<symbolCount + merges.count))
        let product = Int32(symbolCount + stream.integer(in: 0..<merges.count + 1))
        // A product is longer than its parts.
        guard product != left, product != right else { continue }
        if merger.append(left, right, product: product) { merges.append((left, right, product)) }
      }
      let word = (0..<stream.integer(in: 0..<60)).map { _ in
        Int32(stream.integer(in: 0..<symbolCount))
      }
      #expect(merger.merged(word) == swept(word, merges))
    }
  }

  private func swept(_ word: [Int32], _ merges: [(Int32, Int32, Int32)]) -> [Int32] {
    var word = word
    while let merge = merges.first(where: { merge in
      zip(word, word.dropFirst()).contains { $0 == merge.0 && $1 == merge.1 }
    }) {
      var next: [Int32] = []
      var index = 0
      while index < word.count {
        if index + 1 < word.count, word[index] == merge.0, word[index + 1] == merge.1 {
          next.append(merge.2)
          index += 2
        } else {
          next.append(word[index])
          index += 1
        }
      }
      word = next
    }
    return word
  }

  @Test func alphabetIsOneToOne() {
    #expect(Set(ByteAlphabet.scalars).count == 256)
    #expect(Set(ByteAlphabet.bytes) == Set(0...255))
    let all = [UInt8](0...255)
    let token = ByteAlphabet.token(of: all, endsWord: true)
    #expect(ByteAlphabet.bytes(of: token)?.bytes == all)
    #expect(ByteAlphabet.bytes(of: token)?.endsWord == true)
    #expect(ByteAlphabet.bytes(of: "a b") == nil)
  }

  @Test func unknownBytesAreDropped() throws {
    let tokenizer = try BPETrainer(mergeCount: 50, minimumPairCount: 1, bytes: [0x61, 0x62, 0x63])
      .train(on: ["abc abc cab", "bca"]).tokenizer()
    #expect(tokenizer.decode(tokenizer.encode("aéb! 中 cab😀 x!")) == "ab cab")
    #expect(tokenizer.ids(of: "中 😀!?") == [])
    #expect(
      tokenizer.encode("中", length: 3) == [tokenizer.startID, tokenizer.endID, tokenizer.endID])
    // The end of a word is the end of what is left of it.
    #expect(tokenizer.ids(of: "abé") == tokenizer.ids(of: "ab"))
  }

  @Test func shortLengthsKeepStartAndEnd() throws {
    let tokenizer = try BPETrainer(mergeCount: 0).train(on: []).tokenizer()
    #expect(tokenizer.vocabularyCount == 514)
    #expect(tokenizer.startID == 512 && tokenizer.endID == 513 && tokenizer.padID == 513)
    #expect(tokenizer.encode("abc", length: 2) == [512, 513])
    #expect(tokenizer.encode("!\"", length: 4) == [512, 0, 257, 513])
    #expect(tokenizer.encode("!\"", length: 5) == [512, 0, 257, 513, 513])
    #expect(tokenizer.encode("!\"#", length: 4) == [512, 0, 1, 513])
    #expect(tokenizer.truncatedCount("!\"#", length: 4) == 1)
    #expect(
      tokenizer.decode([512, 0, 257, 513], keepingSpecialTokens: true)
        == "<|startoftext|>!\" <|endoftext|>")
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) {
      _ = try BPETrainer(mergeCount: 0).train(on: []).tokenizer().encode("a", length: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = try BPETrainer(mergeCount: 0).train(on: []).tokenizer().decode([514])
    }
  }
}
