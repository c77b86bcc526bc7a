import Diffusion
import Foundation
import Layers
import Models
import Platform
import Serialization
import TensorCore
import TestSupport
import Testing

@Suite struct ModelLayoutTests {
  @Test(arguments: LayoutFolder.wholeModels)
  func everyLayoutGivesTheSameModel(_ layout: String) throws {
    let files = try ModelFiles(path: LayoutFolder.path(layout))
    try files.requireWhole(isForEditing: true)
    #expect(files.layout == (layout.contains("/") ? .checkpoint : .folder))
    let reference = try ModelFiles(path: LayoutFolder.path("today"))
    #expect(files.unet?.configuration == reference.unet?.configuration)
    #expect(files.autoencoder?.configuration == reference.autoencoder?.configuration)
    #expect(files.textEncoder?.configuration == reference.textEncoder?.configuration)
    #expect(files.schedule == .stableDiffusion)
    #expect(
      try LayoutFolder.weights(files.unet) == LayoutFolder.weights(reference.unet))
    #expect(
      try LayoutFolder.weights(files.autoencoder) == LayoutFolder.weights(reference.autoencoder))
    #expect(
      try LayoutFolder.weights(files.textEncoder) == LayoutFolder.weights(reference.textEncoder))
    try expectGoldenOutputs(InstructModel.load(path: LayoutFolder.path(layout)))
  }

  private func expectGoldenOutputs(_ model: InstructModel, raw: Bool = false) throws {
    let golden = try DiffusionGolden("layouts")
    let ids = try golden.tensor("ids").floats.map { Int32($0) }
    #expect(model.tokens(of: "dog the a") == [56, 53, 55, 26, 57, 57, 57, 57, 57])
    let text = model.pipeline.texts([ids])
    try expectClose(text.floats, golden.tensor("text").floats, absolute: 2e-5)
    let output = model.pipeline.unet(
      try golden.tensor("input"), timesteps: [500], text: try golden.tensor("text"))
    try expectClose(
      output.floats, golden.tensor(raw ? "raw_output" : "output").floats, absolute: 2e-5)
    let latent = model.pipeline.autoencoder.encode(try golden.tensor("picture")).mean
    try expectClose(latent.floats, golden.tensor("latent").floats, absolute: 2e-5)
    let decoded = model.pipeline.autoencoder.decode(try golden.tensor("latent"))
    try expectClose(decoded.floats, golden.tensor("decoded").floats, absolute: 2e-5)
  }

  @Test func rawWeightsAreTakenWhenAsked() throws {
    let path = try LayoutFolder.path("checkpoints/training.ckpt")
    #expect(try ModelFiles(path: path).unet?.areAverages == true)
    #expect(try ModelFiles(path: path, weights: .raw).unet?.areAverages == false)
    try expectGoldenOutputs(InstructModel.load(path: path, weights: .raw), raw: true)
  }

  @Test func averagesAloneAreAUNet() throws {
    try LayoutFolder.withCopy(of: "checkpoints") { folder in
      let path = folder + "/training.ckpt"
      let tensors = try LayoutFolder.tensors(path)
      try LayoutFolder.write(
        tensors.filter { !$0.key.contains("model.diffusion_model.") }, to: path)
      let files = try ModelFiles(path: path)
      #expect(files.layout == .checkpoint && files.unet?.areAverages == true)
      #expect(!files.leftOut.contains { $0.contains("model_ema.diffusion_model") })
      try expectGoldenOutputs(InstructModel.load(path: path))
    }
  }

  @Test(arguments: ["", "state_dict.", "module.", "net."])
  func theUsualPlaceOfAPartIsTaken(_ wrapper: String) throws {
    try LayoutFolder.withCopy(of: "checkpoints") { folder in
      let path = folder + "/renamed.ckpt"
      let tensors = try LayoutFolder.tensors(path)
      var copies: [String: (shape: [Int], floats: [Float])] = [:]
      for (name, tensor) in tensors {
        copies[wrapper + name] = tensor
        for other in ["a.longer.one.", "zz.teacher."] {
          copies[other + name] = (tensor.shape, tensor.floats.map { _ in 0 })
        }
      }
      try LayoutFolder.write(copies, to: path)
      let files = try ModelFiles(path: path)
      #expect(files.unet?.prefix == wrapper + "model.diffusion_model.")
      #expect(
        files.textEncoder?.otherPrefixes
          == ["zz.teacher.", "a.longer.one."].map { $0 + "cond_stage_model.transformer." })
      let reference = try ModelFiles(path: LayoutFolder.path("today"))
      #expect(try LayoutFolder.weights(files.unet) == LayoutFolder.weights(reference.unet))
    }
  }

  /// What is not needed may be of any type.
  @Test func tensorsThatCannotBeReadAreIgnored() throws {
    try LayoutFolder.withCopy(of: "today") { folder in
      let path = folder + "/text_encoder/model.safetensors"
      try LayoutFolder.append(
        "embeddings.position_ids", type: "U32", shape: [1, 9], byteCount: 36, to: path)
      try LayoutFolder.append("scale", type: "F8_E8M0", shape: [3], byteCount: 3, to: path)
      let files = try ModelFiles(path: folder)
      try files.requireWhole(isForEditing: true)
      #expect(
        files.textEncoder?.fit.ignored == [
          "scale has elements of type \"F8_E8M0\", which can't be read; convert it to F32, F16 or BF16"
        ])
      try expectGoldenOutputs(InstructModel.load(path: folder))
    }
  }

  @Test func whatTheLayoutsHoldIsTold() throws {
    let training = try ModelFiles(path: LayoutFolder.path("checkpoints/training.ckpt"))
    #expect(training.leftOut.contains("state_dict.model_ema.decay"))
    #expect(training.leftOut.contains("optimizer_states.0.state.0.exp_avg"))
    #expect(training.unet?.dialect == .compVis && training.textEncoder?.dialect == .diffusers)
    let sharded = try ModelFiles(path: LayoutFolder.path("sharded"))
    #expect(sharded.openedPaths.count == 4 + 4 + 2 + 3 + 3 + 1)
    #expect(sharded.unet?.path.hasSuffix("index.fp16.json") == true)
  }

  @Test(arguments: [
    "checkpoints/autoencoder.pt", "today/vae", "older/vae/diffusion_pytorch_model.bin", "sharded",
    "sharded/vae/diffusion_pytorch_model.safetensors.index.json", "checkpoints/renamed.ckpt",
  ])
  func anotherAutoencoderTakesThePlaceOfTheOwn(_ place: String) throws {
    let own = try ModelFiles(path: LayoutFolder.path("today"))
    try LayoutFolder.withCopy(of: "today") { folder in
      try FileManager.default.removeItem(atPath: folder + "/vae")
      #expect(throws: ReportableError.self) {
        try ModelFiles(path: folder).requireWhole(isForEditing: true)
      }
      let files = try ModelFiles(path: folder, autoencoderPath: LayoutFolder.path(place))
      try files.requireWhole(isForEditing: true)
      #expect(
        try LayoutFolder.weights(files.autoencoder) == LayoutFolder.weights(own.autoencoder))
      #expect(files.autoencoder?.configuration == own.autoencoder?.configuration)
    }
  }

  @Test(arguments: [
    ("today/unet", ModelPart.unet), ("older/vae/diffusion_pytorch_model.bin", .autoencoder),
    ("sharded/text_encoder/pytorch_model.bin.index.json", .textEncoder),
    ("checkpoints/autoencoder.pt", .autoencoder),
  ])
  func singlePartsAreKnown(_ place: String, _ part: ModelPart) throws {
    let files = try ModelFiles(path: LayoutFolder.path(place))
    #expect(files.layout == .part && files.presentParts == [part])
    #expect(files.errors.errors.isEmpty)
    let error = #expect(throws: ReportableError.self) {
      try files.requireWhole(isForEditing: false)
    }
    #expect(error?.code == .badData && error?.message.contains(part.noun) == true)
  }

  /// The better of several forms of the same weights is taken, by the documented order.
  @Test func preferenceAmongForms() throws {
    try LayoutFolder.withCopy(of: "older") { folder in
      let unet = folder + "/unet/"
      func taken(_ weights: WeightChoice = .averages) throws -> String? {
        try ModelFiles(path: folder, weights: weights).unet?.path
          .split(separator: "/").last.map(String.init)
      }
      func add(_ name: String, from source: String = "diffusion_pytorch_model.bin") throws {
        try FileManager.default.copyItem(atPath: unet + source, toPath: unet + name)
      }
      #expect(try taken() == "diffusion_pytorch_model.bin")
      try add("diffusion_pytorch_model.fp16.bin")
      try AtomicFile.write("other things", to: unet + "README.md")
      #expect(try taken() == "diffusion_pytorch_model.bin")
      // Content counts: this is a PyTorch file by another name.
      try add("diffusion_pytorch_model.fp16.safetensors")
      #expect(try taken() == "diffusion_pytorch_model.bin")
      try FileManager.default.copyItem(
        atPath: LayoutFolder.path("today/unet/diffusion_pytorch_model.safetensors"),
        toPath: unet + "diffusion_pytorch_model.safetensors")
      #expect(try taken() == "diffusion_pytorch_model.safetensors")
      try add("diffusion_pytorch_model.non_ema.bin")
      #expect(try taken() == "diffusion_pytorch_model.safetensors")
      #expect(try taken(.raw) == "diffusion_pytorch_model.non_ema.bin")
      // A pointer stands for nothing while there is something.
      try AtomicFile.write(
        "version https://git-lfs.github.com/spec/v1\n",
        to: unet + "diffusion_pytorch_model.safetensors")
      #expect(try taken() == "diffusion_pytorch_model.bin")
    }
  }

  @Test func aWholeCLIPIsATextEncoderToo() throws {
    try LayoutFolder.withCopy(of: "today") { folder in
      let path = folder + "/text_encoder/"
      let own = try InputFile.text(at: path + "config.json")
      try AtomicFile.write(
        #"{"model_type": "clip", "logit_scale_init_value": 2.6, "text_config": \#(own)}"#,
        to: path + "config.json")
      try LayoutFolder.rewrite(path + "model.safetensors") { tensors in
        var renamed: [String: (shape: [Int], floats: [Float])] = [:]
        for (name, value) in tensors { renamed["text_model." + name] = value }
        renamed["logit_scale"] = ([], [2.6])
        renamed["vision_model.embeddings.class_embedding"] = ([2], [1, 2])
        tensors = renamed
      }
      let files = try ModelFiles(path: folder)
      try files.requireWhole(isForEditing: true)
      let reference = try ModelFiles(path: LayoutFolder.path("today"))
      #expect(
        try LayoutFolder.weights(files.textEncoder) == LayoutFolder.weights(reference.textEncoder))
    }
  }
}
