import Diffusion
import Foundation
import Layers
import Models
import Platform
import Serialization
import Testing

/// Models with one or several things wrong, and what is said of them.
@Suite struct HostileModelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The golden folder that is spoiled.
    let layout: String
    let code: ReportableError.Code
    /// Pieces of the message, all of which are in it.
    let complaints: [String]
    let spoil: @Sendable (String) throws -> Void

    init(
      _ name: String, in layout: String = "today", _ code: ReportableError.Code,
      _ complaints: [String], spoil: @escaping @Sendable (String) throws -> Void
    ) {
      testDescription = name
      self.layout = layout
      self.code = code
      self.complaints = complaints
      self.spoil = spoil
    }

    init(
      _ name: String, in layout: String = "today", _ complaints: [String],
      spoil: @escaping @Sendable (String) throws -> Void
    ) {
      self.init(name, in: layout, .badData, complaints, spoil: spoil)
    }
  }

  private static let unet = "/unet/diffusion_pytorch_model.safetensors"
  private static let autoencoder = "/vae/diffusion_pytorch_model.safetensors"
  private static let index = "/text_encoder/pytorch_model.bin.index.json"

  private static func replace(_ path: String, _ old: String, _ new: String) throws {
    let text = try InputFile.text(at: path)
    #expect(text.contains(old))
    try AtomicFile.write(text.replacing(old, with: new, maxReplacements: 1), to: path)
  }

  private static func cut(_ path: String, to share: Double) throws {
    let bytes = try InputFile.bytes(at: path, maximumByteCount: 1 << 20)
    try AtomicFile.write(Array(bytes.prefix(Int(Double(bytes.count) * share))), to: path)
  }

  static let cases: [Case] = [
    Case(
      "everything at once",
      [
        "things are wrong: ", "unet/diffusion_pytorch_model.safetensors: does not fit",
        "1 missing (conv_out.bias)", "1 of another shape (conv_in.weight: [8, 8] instead of",
        "2 unexpected (another, conv_in.extra)",
        "texts of width 12, but the text encoder writes 16",
        "text_encoder/model.safetensors: does not fit",
        "element 2 of tensor \"quant_conv.bias\" is nan",
        "vae/",
      ]
    ) { folder in
      try LayoutFolder.rewrite(folder + unet) { tensors in
        tensors["conv_out.bias"] = nil
        tensors["conv_in.weight"] = ([8, 8], Array(repeating: 0, count: 64))
        tensors["conv_in.extra"] = ([1], [1])
        tensors["another"] = ([1], [1])
      }
      try LayoutFolder.rewrite(folder + autoencoder) { $0["quant_conv.bias"]?.floats[2] = .nan }
      try replace(
        folder + "/text_encoder/config.json", "\"hidden_size\": 12", "\"hidden_size\": 16")
    },
    Case("a Git-LFS pointer", ["is a Git-LFS pointer, not weights; run git lfs pull"]) {
      try AtomicFile.write("version https://git-lfs.github.com/spec/v1\noid", to: $0 + unet)
    },
    Case("a web page", ["is a web page, not weights"]) {
      try AtomicFile.write("<!DOCTYPE html><html>", to: $0 + "/vae/diffusion_pytorch_model.bin")
      try FileManager.default.removeItem(atPath: $0 + autoencoder)
    },
    Case("cut weights", ["unet/diffusion_pytorch_model.safetensors: "]) {
      try cut($0 + unet, to: 0.7)
    },
    Case("a lying header", ["declares a header of 1099511627775 bytes"]) {
      var bytes = try InputFile.bytes(at: $0 + unet, maximumByteCount: 1 << 20)
      for index in 0..<5 { bytes[index] = 0xff }
      try AtomicFile.write(bytes, to: $0 + unet)
    },
    Case("a cut pickle", in: "older", ["vae/diffusion_pytorch_model.bin: "]) {
      try cut($0 + "/vae/diffusion_pytorch_model.bin", to: 0.9)
    },
    Case("no weights", .missingInput, ["unet/diffusion_pytorch_model.safetensors: is missing"]) {
      try FileManager.default.removeItem(atPath: $0 + unet)
    },
    Case("no parts", .missingInput, ["is not a whole model: unet/, tokenizer/ missing"]) {
      try FileManager.default.removeItem(atPath: $0 + "/unet")
      try FileManager.default.removeItem(atPath: $0 + "/tokenizer")
    },
    Case("another configuration", ["unet/config.json: is not a configuration"]) {
      try AtomicFile.write("{\"sample_size\": 4}", to: $0 + "/unet/config.json")
    },
    Case("weights of another part", ["does not fit its configuration", "missing", "unexpected"]) {
      try FileManager.default.removeItem(atPath: $0 + unet)
      try FileManager.default.copyItem(atPath: $0 + autoencoder, toPath: $0 + unet)
    },
    Case(
      "shards outside", in: "sharded",
      ["names \"../../secret.bin\", which leaves its folder"]
    ) {
      try replace($0 + index, "pytorch_model-00001-of-00002.bin", "../../secret.bin")
    },
    Case("an absolute shard", in: "sharded", ["names \"/etc/passwd\", which leaves its folder"]) {
      try replace($0 + index, "pytorch_model-00002-of-00002.bin", "/etc/passwd")
    },
    Case(
      "a shard that is missing", in: "sharded", .missingInput,
      ["pytorch_model-00002-of-00002.bin: can't be"]
    ) {
      try FileManager.default.removeItem(
        atPath: $0 + "/text_encoder/pytorch_model-00002-of-00002.bin")
    },
    Case("two equal names", in: "sharded", ["appears twice; this is no intact index"]) {
      try replace($0 + index, "encoder.layers.0.layer_norm1.weight", "final_layer_norm.bias")
    },
    Case(
      "a tensor in another shard", in: "sharded",
      [
        "does not agree with \"pytorch_model.bin.index.json\"", "it should have but lacks: 1",
        "it has but should not: 1",
      ]
    ) {
      try replace(
        $0 + index, "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin")
    },
    Case("a shard twice", in: "sharded", ["another shard has too"]) { folder in
      let place = folder + "/vae/diffusion_pytorch_model-0000"
      try FileManager.default.removeItem(atPath: place + "2-of-00004.safetensors")
      try FileManager.default.copyItem(
        atPath: place + "1-of-00004.safetensors", toPath: place + "2-of-00004.safetensors")
    },
    Case("an index of nothing", in: "sharded", ["names no shards"]) {
      try AtomicFile.write(#"{"weight_map": {}}"#, to: $0 + index)
    },
    Case(
      "an unreadable tokenizer", ["tokenizer/tokenizer.json: "]
    ) { try cut($0 + "/tokenizer/tokenizer.json", to: 0.5) },
    Case(
      "an added token without a row", in: "older",
      [
        "tokenizer: knows 59 tokens, but the text encoder has rows for only 58: \"<cat-toy>\" has "
          + "the id 58; remove the tokens that were added"
      ]
    ) { try AtomicFile.write(#"{"<cat-toy>": 58}"#, to: $0 + "/tokenizer/added_tokens.json") },
    Case(
      "a token of the vocabulary without a row", in: "older", ["\"catdog</w>\" has the id 58"]
    ) { try replace($0 + "/tokenizer/vocab.json", "}", #", "catdog</w>": 58}"#) },
    Case(
      "whole numbers for weights",
      [
        "2 unreadable (conv_in.weight has elements of type I32, which are no weights, conv_in.bias ",
        "1 missing (conv_out.bias)",
      ]
    ) {
      try LayoutFolder.rewrite($0 + unet) { $0["conv_out.bias"] = nil }
      try LayoutFolder.makeIntegers(["conv_in.weight", "conv_in.bias"], of: $0 + unet)
    },
    Case(
      "weights of a type that can't be read",
      [
        "1 unreadable (conv_in.bias has elements of type \"F8_E4M3\", which can't be read; convert",
        "take the model with weights of F32, F16 or BF16",
      ]
    ) {
      try LayoutFolder.rewrite($0 + unet) { $0["conv_in.bias"] = nil }
      try LayoutFolder.append(
        "conv_in.bias", type: "F8_E4M3", shape: [8], byteCount: 8, to: $0 + unet)
    },
    Case(
      "NaN in two parts",
      [
        "2 things are wrong", "tensor \"conv_in.bias\" is inf",
        "tensor \"decoder.conv_in.bias\" is nan",
      ]
    ) {
      try LayoutFolder.rewrite($0 + unet) { $0["conv_in.bias"]?.floats[0] = .infinity }
      try LayoutFolder.rewrite($0 + autoencoder) { $0["decoder.conv_in.bias"]?.floats[0] = .nan }
    },
  ]

  @Test(arguments: cases) func isToldInOneError(_ hostile: Case) throws {
    try LayoutFolder.withCopy(of: hostile.layout) { folder in
      try hostile.spoil(folder)
      let error = #expect(throws: ReportableError.self) { try InstructModel.load(path: folder) }
      let text = try #require(error).description
      #expect(error?.code == hostile.code, "\(text)")
      for complaint in hostile.complaints { #expect(text.contains(complaint), "\(text)") }
      #expect(!text.contains("\n") && text.utf8.count < 2000)
    }
  }

  // MARK: Checkpoints

  private func checkpoint(
    _ change: (inout [String: (shape: [Int], floats: [Float])]) -> Void
  ) throws -> String {
    try LayoutFolder.withCopy(of: "checkpoints") { folder in
      let path = folder + "/renamed.ckpt"
      try LayoutFolder.rewrite(path, change)
      return try #require(
        #expect(throws: ReportableError.self) { try InstructModel.load(path: path) }
      ).description
    }
  }

  @Test func checkpointsThatLackParts() throws {
    let text = try checkpoint { tensors in
      for name in tensors.keys where !name.hasPrefix("model.") { tensors[name] = nil }
    }
    #expect(text.contains("2 things are wrong"))
    #expect(text.contains("has no autoencoder (first_stage_model.*); name one with --vae"))
    #expect(text.contains("has no text encoder (cond_stage_model.transformer.*)"))
    let part = try checkpoint { tensors in
      for name in tensors.keys where !name.hasPrefix("first_stage_model.") { tensors[name] = nil }
    }
    #expect(part.contains("has no UNet (model.diffusion_model.*)"))
  }

  @Test func checkpointsOfOtherThings() throws {
    let other = try checkpoint { $0 = ["weight": ([2], [1, 2])] }
    #expect(other.contains("holds weights, but of nothing that is known here"))
    let lora = try checkpoint { $0 = ["lora_unet_down.alpha": ([2], [1, 2])] }
    #expect(lora.contains("is a LoRA"))
    let large = try checkpoint {
      $0 = ["conditioner.embedders.1.model.positional_embedding": ([2], [1, 2])]
    }
    #expect(large.contains("is a Stable Diffusion XL checkpoint, which is not supported"))
  }

  /// These have parts under the names of Stable Diffusion 1.
  @Test func checkpointsOfOtherGenerations() throws {
    func moved(_ prefix: String, to newPrefix: String, _ more: String...) throws -> String {
      try checkpoint { tensors in
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
          tensors[name] = nil
          tensors[newPrefix + name.dropFirst(prefix.count)] = tensor
        }
        for name in more { tensors[name] = ([1], [0]) }
      }
    }
    let large = try moved(
      "cond_stage_model.", to: "conditioner.embedders.0.", "conditioner.embedders.1.model.ln_final",
      "model.diffusion_model.label_emb.0.0.weight")
    #expect(large.contains("is a Stable Diffusion XL checkpoint, which is not supported; take an"))
    let third = try moved(
      "cond_stage_model.transformer.", to: "text_encoders.clip_l.transformer.",
      "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight",
      "model.diffusion_model.t_embedder.mlp.0.weight")
    #expect(third.contains("is a Stable Diffusion 3 checkpoint, which is not supported"))
    let second = try checkpoint { tensors in
      for name in tensors.keys where name.hasPrefix("cond_stage_model.") { tensors[name] = nil }
      tensors["cond_stage_model.model.token_embedding.weight"] = ([1], [0])
    }
    #expect(second.contains("has a text encoder of Stable Diffusion 2, which is not supported"))
  }

  @Test func averagesAlone() throws {
    try LayoutFolder.withCopy(of: "checkpoints") { folder in
      let path = folder + "/training.ckpt"
      var tensors = try LayoutFolder.tensors(path)
      for name in tensors.keys where name.contains("model.diffusion_model.") {
        tensors[name] = nil
      }
      try LayoutFolder.write(tensors, to: path)
      let raw = try ModelFiles(path: path, weights: .raw).errors.combined(at: path)
      #expect(
        raw?.message
          == "has of its UNet only the moving averages (model_ema.diffusion_model*); take "
          + "them with --weights ema")
      let prefix = "state_dict.model_ema.diffusion_model"
      tensors[prefix + "label_emb00weight"] = ([1], [1])
      try LayoutFolder.write(tensors, to: path)
      let odd = #expect(throws: ReportableError.self) { try InstructModel.load(path: path) }
      #expect(odd?.message.contains(#"UNet of Stable Diffusion 1 ("\#(prefix)label_emb"#) == true)
      tensors[prefix + "label_emb00weight"] = nil
      tensors[prefix + "out2bias"] = nil
      try LayoutFolder.write(tensors, to: path)
      let short = #expect(throws: ReportableError.self) { try InstructModel.load(path: path) }
      #expect(short?.message.contains("1 missing (conv_out.bias)") == true)
    }
  }

  @Test func checkpointsWithOddTensors() throws {
    let text = try checkpoint { tensors in
      tensors["model.diffusion_model.input_blocks.1.0.in_layers.2.bias"] = nil
      tensors["model.diffusion_model.input_blocks.1.0.shift"] = ([1], [1])
      tensors["first_stage_model.encoder.norm_out.bias"] = ([3], [1, 2, 3])
    }
    #expect(text.contains("1 missing (down_blocks.0.resnets.0.conv1.bias)"))
    #expect(text.contains("1 unexpected (input_blocks.1.0.shift)"))
    #expect(text.contains("1 of another shape (encoder.conv_norm_out.bias: [3] instead of [8])"))
    let twice = try checkpoint { $0["model.diffusion_model.conv_in.bias"] = ([1], [1]) }
    #expect(twice.contains(#"holds "conv_in.bias" twice"#))
    let averages = try checkpoint {
      $0["model_ema.diffusion_modelout2bias"] = ([4], [1, 2, 3, 4])
    }
    #expect(averages.contains("has moving averages of only 1 of the UNet's"))
  }

  @Test func aCheckpointNeedsATokenizer() throws {
    try LayoutFolder.withCopy(of: "checkpoints") { folder in
      let path = folder + "/renamed.ckpt"
      for name in ["vocab.json", "merges.txt"] {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
      let error = #expect(throws: ReportableError.self) { try InstructModel.load(path: path) }
      #expect(error?.code == .missingInput && error?.path == folder + "/tokenizer")
      #expect(error?.message.contains("vocab.json and merges.txt, or tokenizer.json") == true)
      try FileManager.default.copyItem(
        atPath: LayoutFolder.path("today/tokenizer"), toPath: folder + "/tokenizer")
      #expect(try InstructModel.load(path: path).tokenizer.vocabularyCount == 58)
    }
  }

  @Test func notesThatLie() throws {
    try LayoutFolder.withCopy(of: "checkpoints") { folder in
      let path = folder + "/noted"
      try ModelConverter(target: .single).write(
        ModelFiles(path: folder + "/renamed.ckpt"), to: path)
      for (key, note, complaint) in [
        ("instructcv.unet", "{", "is not a configuration"),
        ("instructcv.scheduler", #"{"beta_start": 2}"#, "impossible scheduler configuration"),
        (
          "instructcv.vae", #"{"block_out_channels": [8, 16], "norm_num_groups": 8}"#,
          "does not fit"
        ),
        ("instructcv.card", "[]", "is not a model card"),
      ] {
        let file = try SafetensorsFile(path: path)
        var writer = SafetensorsWriter(metadata: file.metadata.merging([key: note]) { $1 })
        for name in file.names { try writer.add(copying: name, of: file) }
        try writer.write(to: folder + "/lying")
        let error = #expect(throws: ReportableError.self) {
          try InstructModel.load(path: folder + "/lying")
        }
        #expect(error?.description.contains(complaint) == true, "\(String(describing: error))")
      }
    }
  }
}
