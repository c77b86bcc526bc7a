import Diffusion
import Foundation
import Models
import Platform
import Testing

/// One small broken text file per way to fail, in an otherwise good model: configurations, the index
/// of shards, the tokenizer's files. `HostileModelTests` has the weights.
@Suite struct HostileTextTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layout: String
    /// Of the file that is spoiled, and what the message begins with after the model's folder.
    let file: String
    let message: String
    let change: @Sendable (String) -> String

    init(
      _ name: String, in layout: String = "older", _ file: String, _ message: String,
      change: @escaping @Sendable (String) -> String
    ) {
      testDescription = name
      self.layout = layout
      self.file = file
      self.message = message
      self.change = change
    }

    /// One text in the place of another.
    init(
      _ name: String, in layout: String = "older", _ file: String, _ old: String, _ new: String,
      _ message: String
    ) {
      self.init(name, in: layout, file, message) { text in
        #expect(text.contains(old))
        return text.replacing(old, with: new, maxReplacements: 1)
      }
    }
  }

  private static let index = "text_encoder/pytorch_model.bin.index.json"
  private static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"
  private static let textFiles = [
    ("unet/config.json", "older"), ("vae/config.json", "older"),
    ("text_encoder/config.json", "older"),
    ("scheduler/scheduler_config.json", "older"), ("tokenizer/vocab.json", "older"),
    ("tokenizer/merges.txt", "older"), ("tokenizer/tokenizer.json", "today"),
  ]

  static let pointers = textFiles.map { file, layout in
    Case(
      "a Git-LFS pointer in the place of \(file)", in: layout, file,
      "is a Git-LFS pointer, not the file itself; run git lfs pull"
    ) { _ in pointer }
  }

  static let empty = textFiles.filter { $0.0 != "tokenizer/merges.txt" }.map { file, layout in
    Case("nothing in \(file)", in: layout, file, "") { _ in "" }
  }

  private static let impossible = "impossible UNet2DConditionModel configuration: "

  static let configurations: [Case] = [
    Case(
      "a cut configuration", "unet/config.json",
      "is not a configuration of UNet2DConditionModel: line 5: "
    ) { String($0.prefix(120)) },
    Case(
      "a number twice", "unet/config.json", "\"in_channels\": 8",
      "\"in_channels\": 8, \"in_channels\": 4",
      "is not a configuration of UNet2DConditionModel: line 32: \"in_channels\" appears twice; fetch it "
        + "again"),
    Case(
      "a size that overflows", "unet/config.json", "\"in_channels\": 8",
      "\"in_channels\": 9223372036854775808",
      "is not a configuration of UNet2DConditionModel: "),
    Case(
      "a size beyond any model", "unet/config.json", "\"cross_attention_dim\": 12",
      "\"cross_attention_dim\": 4294967296",
      impossible + "cross_attention_dim is 4294967296, not 1...65536; correct that entry"),
    Case(
      "a size below all", "unet/config.json", "\"out_channels\": 4", "\"out_channels\": -4",
      impossible + "out_channels is -4, not 1...65536; correct that entry"),
    Case(
      "blocks without end", "unet/config.json",
      impossible
        + "it has 8192 transformer blocks on the way down, not 512 at most; correct that entry"
    ) { text in
      text.replacing("layers_per_block\": 1", with: "layers_per_block\": 64")
    },
    Case(
      "a name that drives the terminal", "vae/config.json", "\"AutoencoderKL\"", "\"\\u001b[2J\"",
      "describes a \"\\u{1b}[2J\", not a AutoencoderKL; take that part's own file"),
    Case(
      "a name without end", "text_encoder/config.json", "\"quick_gelu\"",
      "\"" + String(repeating: "x", count: 100_000) + "\"",
      "CLIPTextModel with \"hidden_act\" = \"" + String(repeating: "x", count: 100)
        + "...\" is not "
        + "supported; take a model of Stable Diffusion 1's kind"),
    Case(
      "nesting without end", "scheduler/scheduler_config.json", "null",
      String(repeating: "[", count: 100_000),
      "is not a configuration of scheduler: line 10: arrays and objects are nested too deeply; fetch "
        + "it again"),
    Case(
      "betas of nothing", "scheduler/scheduler_config.json", "0.00085", "1e-300",
      "impossible scheduler configuration: 1000 steps from beta_start 1e-300 to beta_end 0.012 give "
        + "noise that does not rise from step to step or rises without limit; correct that entry"),
    Case(
      "too many steps", "scheduler/scheduler_config.json", "\"num_train_timesteps\": 1000",
      "\"num_train_timesteps\": 99999",
      "impossible scheduler configuration: 99999 steps from beta_start 0.00085 to beta_end 0.012 give "
        + "noise that does not rise from step to step or rises without limit; correct that entry"),
  ]

  static let indices: [Case] = [
    Case("a cut index", in: "sharded", index, "line 6: a string has no end; ") {
      String($0.prefix(200))
    },
    Case(
      "two maps", in: "sharded", index, "\"weight_map\": {",
      "\"weight_map\": {}, \"weight_map\": {",
      "line 3: \"weight_map\" appears twice; this is no intact index of shards, fetch it again"),
    Case(
      "a shard that is no text", in: "sharded", index, "\"pytorch_model-00001-of-00002.bin\"", "[]",
      "line 4: expected \"; this is no intact index of shards, fetch it again"),
    Case(
      "a shard that drives the terminal", in: "sharded", index, "pytorch_model-00001-of-00002.bin",
      "../\\u001b[2J", "names \"../\\u{1b}[2J\", which leaves its folder; correct that entry"),
    Case(
      "a shard that is no name", in: "sharded", index, "pytorch_model-00001-of-00002.bin",
      "a\\u0000b", "names \"a\\u{0}b\", which leaves its folder; correct that entry"),
  ]

  static let tokenizers: [Case] = [
    Case(
      "an id twice", "tokenizer/vocab.json", "\"b\": 1,", "\"b\": 0,",
      "line 3: \"b\" has the id 0 of \"a\"; this is no intact vocab.json, fetch it again"),
    Case(
      "an id that overflows", "tokenizer/vocab.json", "\"b\": 1,", "\"b\": 18446744073709551616,",
      "line 3: a number is too large; this is no intact vocab.json, fetch it again"),
    Case(
      "merges of another model", "tokenizer/merges.txt", "t h", "t h\nx y",
      "line 5: \"xy\" is not in the vocabulary; the two files belong to different models"),
  ]

  @Test(arguments: pointers + empty + configurations + indices + tokenizers)
  func saysWhatIsWrongAndWhere(_ hostile: Case) throws {
    try LayoutFolder.withCopy(of: hostile.layout) { folder in
      let path = "\(folder)/\(hostile.file)"
      try AtomicFile.write(hostile.change(try InputFile.text(at: path)), to: path)
      let error = #expect(throws: ReportableError.self) { try InstructModel.load(path: folder) }
      let text = try #require(error).description
      #expect(error?.code == .badData, "\(text)")
      // Shards are told of with the folder that their names are to stay in.
      let place = hostile.message.hasPrefix("names ") ? folder + "/text_encoder" : path
      #expect(text.contains("\(place): \(hostile.message)"), "\(text)")
      #expect(!text.contains("\n") && text.utf8.count < 700)
    }
  }

  /// Whatever is wrong is told at once, one complaint for each file.
  @Test func everyFileIsToldOf() throws {
    try LayoutFolder.withCopy(of: "older") { folder in
      for (file, layout) in Self.textFiles where layout == "older" {
        let isTokens = file.hasSuffix("vocab.json")
        try AtomicFile.write(
          isTokens ? "{\"a\": 0, \"a\": 1}" : Self.pointer, to: "\(folder)/\(file)")
      }
      let error = #expect(throws: ReportableError.self) { try InstructModel.load(path: folder) }
      let text = try #require(error).description
      #expect(text.hasPrefix("\(folder): 5 things are wrong: "), "\(text)")
      for file in ["unet/config.json", "vae/config.json", "text_encoder/config.json"] {
        #expect(text.contains("\(file): is a Git-LFS pointer"), "\(text)")
      }
      #expect(text.contains("scheduler/scheduler_config.json: is a Git-LFS pointer"), "\(text)")
      #expect(text.contains("tokenizer/vocab.json: line 1: \"a\" appears twice"), "\(text)")
    }
  }
}
