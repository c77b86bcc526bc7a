import Foundation
import Platform
import Testing

/// `instructcv model check` with a tiny model and what the reference software makes of it.
@Suite(.serialized) struct ModelCheckTests {
  private static func golden(_ name: String) throws -> String {
    try #require(Bundle.module.resourcePath) + "/Goldens/check/" + name
  }

  private func check(
    _ model: String, _ reference: String, _ options: [String] = [], in folder: String
  ) throws -> Program.Outcome {
    try Program.run(
      ["model", "check", "--model", model, "--against", reference, "--quiet"] + options, in: folder)
  }

  /// Results by name.
  private func results(_ outcome: Program.Outcome) throws -> [String: [String: Any]] {
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: try list.map { (try #require($0["name"] as? String), $0) })
  }

  @Test func theReferencesModelPasses() throws {
    try inScratchFolder { folder in
      let (model, reference) = try (Self.golden("model"), Self.golden("reference.safetensors"))
      let outcome = try check(model, reference, ["--json"], in: folder)
      #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
      let results = try results(outcome)
      #expect(
        Set(results.keys) == [
          "text.states", "vae.mean", "vae.decoded", "unet.output", "tokens.ids", "noise.42",
          "trajectory.euler-ancestral.uniform.4.latents", "timesteps.euler-ancestral.uniform",
          "trajectory.ddim.trailing.4.latents", "timesteps.ddim.trailing",
          "trajectory.unipc.karras.4.latents", "timesteps.unipc.karras",
        ])
      for (name, result) in results {
        #expect(result["passes"] as? Bool == true, "\(name)")
        if let error = result["relative_error"] as? Double { #expect(error < 5e-5, "\(name)") }
      }
      #expect(results["tokens.ids"]?["of"] as? Int == 4 * 12)
      #expect(results["noise.42"]?["differing"] as? Int == 0)
      let text = try check(model, reference, in: folder)
      #expect(text.output.contains("PASS  vae.decoded [1, 3, 8, 12]"))
      #expect(text.output.hasSuffix("12 of 12 pass\n"))
    }
  }

  @Test func aChangedWeightFails() throws {
    try inScratchFolder { folder in
      let model = folder + "/model"
      try FileManager.default.copyItem(atPath: Self.golden("model"), toPath: model)
      let weights = model + "/unet/diffusion_pytorch_model.safetensors"
      var bytes = try InputFile.bytes(at: weights, maximumByteCount: 1 << 20)
      // The sign of a weight of half precision.
      bytes[bytes.count - 1] ^= 0x80
      try AtomicFile.write(bytes, to: weights)
      let reference = try Self.golden("reference.safetensors")
      let outcome = try check(model, reference, ["--json"], in: folder)
      #expect(outcome.code == 1 && outcome.complaints.isEmpty)
      let failed = try results(outcome).filter { $0.value["passes"] as? Bool == false }.keys
      #expect(failed.contains("unet.output"))
      #expect(failed.allSatisfy { $0 == "unet.output" || $0.hasPrefix("trajectory.") })
      let lenient = try check(model, reference, ["--tolerance", "1e6"], in: folder)
      #expect(lenient.code == 0, "\(lenient.output)")
    }
  }

  @Test func anAutoencoderIsTakenForTheModelsOwn() throws {
    try inScratchFolder { folder in
      let model = folder + "/model"
      try FileManager.default.copyItem(atPath: Self.golden("model"), toPath: model)
      let weights = model + "/vae/diffusion_pytorch_model.safetensors"
      var bytes = try InputFile.bytes(at: weights, maximumByteCount: 1 << 20)
      // The signs of weights of half precision; the last ones make variances, which none asks for.
      for last in stride(from: bytes.count - 1, to: bytes.count - 4096, by: -2) {
        bytes[last] ^= 0x80
      }
      try AtomicFile.write(bytes, to: weights)
      let reference = try Self.golden("reference.safetensors")
      #expect(try check(model, reference, in: folder).code == 1)
      let right = try check(model, reference, ["--vae", Self.golden("model/vae")], in: folder)
      #expect(right.code == 0, "\(right.output)\(right.errors)")
    }
  }

  @Test func whatDoesNotFitIsBadData() throws {
    try inScratchFolder { folder in
      let golden = try Self.golden("reference.safetensors")
      let reference = try InputFile.bytes(at: golden, maximumByteCount: 1 << 20)
      let cases: [(name: String, change: (String) -> String, complaint: String)] = [
        ("unknown", { $0.replacing("\"noise.42\"", with: "\"noise.-1\"") }, "is not known"),
        (
          "sampler", { $0.replacing("timesteps.ddim.", with: "timesteps.mddi.") },
          "\"timesteps.mddi.trailing\" is not known"
        ),
        ("alone", { $0.replacing("vae.mean", with: "vae.name") }, "\"vae.mean\" missing"),
        ("texts", { $0.replacing("tokens.texts", with: "tokens.taxes") }, "array of strings"),
        (
          "shape", { $0.replacing("[1,3,8,12]", with: "[1,3,12,8]") },
          "\"vae.mean\" is [1, 4, 4, 6] where the model needs [1, 4, 6, 4]"
        ),
        (
          "steps", { $0.replacing("trailing.4.latents", with: "trailing.3.latents") },
          "\"trajectory.ddim.trailing.3.latents\" has 4 steps"
        ),
        ("axes", { $0.replacing("[1,3,8,12]", with: "[3,1,8,12]") }, "needs [*, 3, *, *]"),
        (
          "model", { $0.replacing("[2,8,4,6]", with: "[1,8,8,6]") },
          "\"unet.timesteps\" is [2] where the model needs [1]"
        ),
      ]
      for (name, change, complaint) in cases {
        let path = "\(folder)/\(name).safetensors"
        try AtomicFile.write(Self.changed(reference, change), to: path)
        let outcome = try check(Self.golden("model"), path, in: folder)
        #expect(outcome.code == 65 && outcome.output.isEmpty, "\(name): \(outcome.output)")
        #expect(outcome.complaints.count == 1 && outcome.errors.contains(complaint), "\(name)")
      }
      let cut = folder + "/cut.safetensors"
      try AtomicFile.write(Array(reference.dropLast(8)), to: cut)
      #expect(try check(Self.golden("model"), cut, in: folder).code == 65)
      #expect(try check(Self.golden("model"), "none", in: folder).code == 66)
      #expect(try check(TinyModel.folder, golden, in: folder).code == 65)
      let negative = try check(Self.golden("model"), golden, ["--tolerance", "-1"], in: folder)
      #expect(negative.code == 64)
    }
  }

  /// A safetensors file with another header of the same length.
  private static func changed(_ file: [UInt8], _ change: (String) -> String) throws -> [UInt8] {
    let length = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = String(decoding: file[8..<8 + length], as: UTF8.self)
    let other = change(header)
    #expect(other != header && other.utf8.count == length)
    return file[..<8] + Array(other.utf8) + file[(8 + length)...]
  }
}
