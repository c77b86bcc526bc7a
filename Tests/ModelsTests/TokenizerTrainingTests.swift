import Foundation
import Models
import Platform
import TensorCore
import Testing

@Suite struct TokenizerTrainingTests {
  /// The golden's files come from a trainer that counts everything anew for every merge, and its ids
  /// from transformers with those files.
  @Test func trainedFilesAreTheGoldensAndGiveTheLibrarysIDs() throws {
    let golden = try TokenizerGoldens.decoded(
      TokenizerGoldens.Trained.self, "tiny-tokenizer.json")
    for vocabulary in golden.vocabularies {
      let trainer = BPETrainer(
        mergeCount: vocabulary.mergeCount, minimumPairCount: vocabulary.minimumPairCount,
        bytes: vocabulary.lowercaseASCII ? BPETrainer.lowercaseASCII : BPETrainer.allBytes,
        cleaning: .python)
      let trained = trainer.train(on: golden.corpus)
      let label = vocabulary.label
      #expect(trained.vocabularyText == (try TokenizerGoldens.text("\(label)-vocab.json")))
      #expect(trained.mergesText == (try TokenizerGoldens.text("\(label)-merges.txt")))
      let loaded = try CLIPTokenizer(
        vocabularyPath: TokenizerGoldens.url("\(label)-vocab.json").path,
        mergesPath: TokenizerGoldens.url("\(label)-merges.txt").path, cleaning: .python)
      #expect(loaded.vocabularyCount == trained.tokens.count)
      #expect(vocabulary.examples.count > 100)
      for tokenizer in [loaded, try trained.tokenizer(cleaning: .python)] {
        #expect(TokenizerGoldens.disagreements(tokenizer, vocabulary.examples) == [])
      }
    }
  }

  @Test func orderOfTheTextsDoesNotMatter() throws {
    let texts = try TokenizerGoldens.decoded(TokenizerGoldens.Trained.self, "tiny-tokenizer.json")
      .corpus
    let trainer = BPETrainer(mergeCount: 100)
    #expect(
      trainer.train(on: texts).vocabularyText == trainer.train(on: texts.reversed()).vocabularyText)
  }

  @Test func writtenFilesAreReadBack() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let vocabulary = folder.appendingPathComponent("vocab.json").path
    let merges = folder.appendingPathComponent("merges.txt").path
    let trained = BPETrainer(mergeCount: 40).train(on: ["the cat \"sat\" on the \\ mat, the cat"])
    try trained.write(vocabularyPath: vocabulary, mergesPath: merges)
    let read = try CLIPTokenizer(vocabularyPath: vocabulary, mergesPath: merges)
    let text = "the \"cat\" sat \\ on! the mat, naïve 中"
    #expect(read.tokens(of: text) == (try trained.tokenizer().tokens(of: text)))
    #expect(read.decode(read.encode(text)) == "the \" cat \" sat \\ on ! the mat , naïve 中")
  }
}
