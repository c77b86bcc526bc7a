import Diffusion
import Foundation
import Layers
import Models
import Platform
import Serialization
import Testing

@Suite struct ModelConverterTests {
  private static let weightFiles = [
    "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
  ]

  private func inScratchFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("instructcv-convert-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test(arguments: LayoutFolder.wholeModels)
  func thereAndBackAgainIsTheSameBytes(_ layout: String) throws {
    try inScratchFolder { folder in
      let (first, single, second) = (folder + "/a", folder + "/b.ckpt", folder + "/c")
      let source = try ModelFiles(path: LayoutFolder.path(layout))
      try ModelConverter(target: .diffusers).write(source, to: first)
      try ModelConverter(target: .single).write(ModelFiles(path: first), to: single)
      try ModelConverter(target: .diffusers).write(ModelFiles(path: single), to: second)
      for file in Self.weightFiles {
        #expect(
          try LayoutFolder.contents("\(first)/\(file)")
            == LayoutFolder.contents("\(second)/\(file)"), "\(file)")
      }
      let (before, after) = (try ModelFiles(path: first), try ModelFiles(path: second))
      #expect(before.unet?.configuration == after.unet?.configuration)
      #expect(before.autoencoder?.configuration == after.autoencoder?.configuration)
      #expect(before.textEncoder?.configuration == after.textEncoder?.configuration)
      #expect(before.schedule == after.schedule)
      #expect(
        try LayoutFolder.weights(source.unet) == LayoutFolder.weights(after.unet))
      // The texts too, which say more than is read here.
      for file in ["unet", "vae", "text_encoder"].map({ $0 + "/config.json" }) + [
        "scheduler/scheduler_config.json", "model_index.json", "tokenizer/tokenizer_config.json",
      ] {
        #expect(
          try InputFile.text(at: "\(first)/\(file)") == InputFile.text(at: "\(second)/\(file)"),
          "\(file)")
      }
      let again = folder + "/d.ckpt"
      try ModelConverter(target: .single).write(after, to: again)
      #expect(
        try InputFile.bytes(at: again, maximumByteCount: 1 << 20)
          == InputFile.bytes(at: single, maximumByteCount: 1 << 20))
    }
  }

  @Test(arguments: [StoredElementType.float32, .float16, .brainFloat16])
  func typesAreChanged(_ type: StoredElementType) throws {
    try inScratchFolder { folder in
      let source = try ModelFiles(path: LayoutFolder.path("older"))
      try ModelConverter(target: .single, type: type).write(source, to: folder + "/model")
      let file = try SafetensorsFile(path: folder + "/model")
      #expect(Set(file.entries.map(\.type)) == [type])
      #expect(file["first_stage_model.encoder.mid.attn_1.q.weight"]?.shape == [8, 8, 1, 1])
      let read = try ModelFiles(path: folder + "/model")
      #expect(try LayoutFolder.weights(read.unet) == LayoutFolder.weights(source.unet))
      #expect(
        try LayoutFolder.weights(read.autoencoder) == LayoutFolder.weights(source.autoencoder))
      #expect(
        try LayoutFolder.weights(read.textEncoder) == LayoutFolder.weights(source.textEncoder))
    }
  }

  @Test func plainModelsAreWidenedWithZeros() throws {
    try LayoutFolder.withCopy(of: "today") { folder in
      let weights = folder + "/unet/diffusion_pytorch_model.safetensors"
      var kept: [Float] = []
      try LayoutFolder.rewrite(weights) { tensors in
        kept = (tensors["conv_in.weight"]?.floats ?? []).enumerated().filter {
          $0.offset / 9 % 8 < 4
        }.map(\.element)
        tensors["conv_in.weight"] = ([8, 4, 3, 3], kept)
      }
      let configuration = try InputFile.text(at: folder + "/unet/config.json")
      let plainText = configuration.replacing("\"in_channels\": 8", with: "\"in_channels\": 4")
        .replacing("{", with: "{ \"unknown\": -Infinity,", maxReplacements: 1)
      try AtomicFile.write(plainText, to: folder + "/unet/config.json")
      let plain = try ModelFiles(path: folder)
      let refused = #expect(throws: ReportableError.self) {
        try plain.requireWhole(isForEditing: true)
      }
      #expect(refused?.message.contains("instructcv model widen") == true)
      let widened = folder + "/widened"
      try ModelConverter(target: .diffusers, inputChannels: 8).write(plain, to: widened)
      #expect(
        try InputFile.text(at: widened + "/unet/config.json")
          == plainText.replacing("\"in_channels\": 4", with: "\"in_channels\": 8"))
      try ModelConverter(target: .single, inputChannels: 8).write(plain, to: folder + "/w.ckpt")
      try ModelConverter(target: .diffusers).write(
        ModelFiles(path: folder + "/w.ckpt"), to: folder + "/again")
      #expect(
        try InputFile.text(at: widened + "/unet/config.json")
          == InputFile.text(at: folder + "/again/unet/config.json"))
      let files = try ModelFiles(path: widened)
      try files.requireWhole(isForEditing: true)
      let floats = try #require(try LayoutFolder.weights(files.unet)["conv_in.weight"])
      #expect(floats.count == 2 * kept.count)
      for (index, value) in floats.enumerated() {
        let (output, rest) = index.quotientAndRemainder(dividingBy: 72)
        #expect(value == (rest < 36 ? kept[output * 36 + rest] : 0))
      }
      let error = #expect(throws: ReportableError.self) {
        try ModelConverter(target: .diffusers, inputChannels: 8).write(files, to: folder + "/x")
      }
      #expect(error?.code == .usage)
      // Whole numbers are no weights, neither to widen nor to copy.
      try LayoutFolder.makeIntegers(["conv_in.weight"], of: weights)
      for converter in [
        ModelConverter(target: .diffusers, inputChannels: 8),
        ModelConverter(target: .single, type: .float16),
      ] {
        let error = #expect(throws: ReportableError.self) {
          try converter.write(ModelFiles(path: folder), to: folder + "/x")
        }
        #expect(error?.message.contains("conv_in.weight has elements of type I32") == true)
      }
    }
  }

  @Test(arguments: ["pndm", "dpm-2m"])
  func schedulersKeepTheirClass(_ name: String) throws {
    try LayoutFolder.withCopy(of: "today") { folder in
      let text = try #require(try SchedulerGolden.texts()[name])
      try AtomicFile.write(text, to: folder + "/scheduler/scheduler_config.json")
      let source = try ModelFiles(path: folder)
      let className = try #require(source.statedSampler?.className)
      try ModelConverter(target: .diffusers).write(source, to: folder + "/a")
      try ModelConverter(target: .single).write(source, to: folder + "/b.ckpt")
      try ModelConverter(target: .diffusers).write(
        ModelFiles(path: folder + "/b.ckpt"), to: folder + "/c")
      for copy in ["a", "b.ckpt", "c"] {
        let files = try ModelFiles(path: "\(folder)/\(copy)")
        #expect(files.statedSampler == source.statedSampler)
        #expect(files.card.sampler == source.card.sampler && !files.hasOwnCard)
        #expect(files.card.spacing == source.card.spacing)
      }
      for copy in ["a", "c"] {
        #expect(
          try InputFile.text(at: "\(folder)/\(copy)/scheduler/scheduler_config.json") == text)
        let index = try InputFile.text(at: "\(folder)/\(copy)/model_index.json")
        #expect(index.contains("\"\(className)\""))
      }
    }
  }

  @Test func outputsAreWholeOrAbsent() throws {
    try LayoutFolder.withCopy(of: "today") { folder in
      let files = try ModelFiles(path: folder)
      let taken = #expect(throws: ReportableError.self) {
        try ModelConverter(target: .diffusers).write(files, to: folder)
      }
      #expect(taken?.code == .usage && taken?.message.hasPrefix("exists already") == true)
      // Another tokenizer beside a checkpoint would be read with it.
      try FileManager.default.createDirectory(
        atPath: folder + "/out", withIntermediateDirectories: true)
      try AtomicFile.write("{}", to: folder + "/out/tokenizer.json")
      #expect(throws: ReportableError.self) {
        try ModelConverter(target: .single).write(files, to: folder + "/out/model.safetensors")
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/out") == ["tokenizer.json"])
      // Too large for F16, found while writing.
      try LayoutFolder.rewrite(folder + "/unet/diffusion_pytorch_model.safetensors") {
        $0["conv_out.bias"]?.floats[0] = 1e6
      }
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      for target in ModelConverter.Target.allCases {
        let error = #expect(throws: ReportableError.self) {
          try ModelConverter(target: target, type: .float16).write(
            ModelFiles(path: folder), to: folder + "/unfinished")
        }
        #expect(error?.message.contains("too large for F16") == true)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before)
      }
      // NaN is found before anything is written.
      try LayoutFolder.rewrite(folder + "/vae/diffusion_pytorch_model.safetensors") {
        $0["quant_conv.bias"]?.floats[1] = .nan
      }
      let error = #expect(throws: ReportableError.self) {
        try ModelConverter(target: .single).write(
          ModelFiles(path: folder), to: folder + "/unfinished")
      }
      #expect(error?.message.contains(#"tensor "quant_conv.bias" is nan"#) == true)
    }
  }
}
