import Foundation
import Imaging
import Platform
import Testing

@Suite(.serialized) struct ModelCommandTests {
  @Test func inspectionTellsPartsAndSizes() throws {
    try inScratchFolder { folder in
      let outcome = try Program.run(["model", "inspect", TinyModel.folder], in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      for text in [
        "tiny: /", "unet: ", "8 to 4 channels, levels of 16/32", "vae: ", "text_encoder: ", "F32",
        "predicts v_prediction", "euler-ancestral, 3 steps", "resolution 32 in multiples of 8",
      ] {
        #expect(outcome.output.contains(text), "\(text) in \(outcome.output)")
      }
      let json = try Program.run(["model", "inspect", TinyModel.folder, "--json"], in: folder)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      let parts = try #require(object["parts"] as? [[String: Any]])
      #expect(parts.map { $0["name"] as? String } == ["unet", "vae", "text_encoder"])
      for part in parts {
        let count = try #require(part["parameters"] as? Int)
        #expect(count > 1000 && part["bytes"] as? Int == 4 * count)
      }
    }
  }

  @Test func brokenModelsAreNamed() throws {
    try inScratchFolder { folder in
      #expect(try Program.run(["model", "inspect", "none"], in: folder).code == 66)
      #expect(try Program.run(["model", "inspect", folder], in: folder).code == 66)
      let path = folder + "/model"
      try FileManager.default.copyItem(atPath: TinyModel.folder, toPath: path)
      let weights = path + "/unet/diffusion_pytorch_model.safetensors"
      let bytes = try InputFile.bytes(at: weights, maximumByteCount: 64 << 20)
      try AtomicFile.write(Array(bytes[..<(bytes.count - 10)]), to: weights)
      let cut = try Program.run(["model", "inspect", "model"], in: folder)
      #expect(cut.code == 65 && cut.complaints.count == 1)
      #expect(cut.output.contains("vae: ") && !cut.output.contains("unet: "))
      try FileManager.default.removeItem(atPath: weights)
      try FileManager.default.copyItem(
        atPath: path + "/vae/diffusion_pytorch_model.safetensors", toPath: weights)
      let foreign = try Program.run(["model", "inspect", "model"], in: folder)
      #expect(foreign.code == 65 && foreign.errors.contains("does not fit"))
    }
  }

  @Test func modelsAreConvertedAndAnswerTheSame() throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 32, height: 32), to: folder + "/in.png")
      func paint(_ model: String, _ more: [String] = []) throws -> Image {
        let outcome = try Program.run(
          [
            "run", "--image", "in.png", "--instruction", "Segment the dog", "--seed", "3",
            "--output", "out.png", "--model", model,
          ] + more, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        defer { try? FileManager.default.removeItem(atPath: folder + "/out.png") }
        return try PictureFile.read(folder + "/out.png")
      }
      let expected = try paint(TinyModel.folder)
      let single = try Program.run(
        ["model", "convert", TinyModel.folder, "--layout", "single", "--output", "one.ckpt"],
        in: folder)
      #expect(single.code == 0 && single.output == "model: one.ckpt\n", "\(single.errors)")
      #expect(try paint("one.ckpt") == expected)
      #expect(try paint("one.ckpt", ["--vae", TinyModel.folder + "/vae"]) == expected)
      let inspection = try Program.run(["model", "inspect", "one.ckpt"], in: folder)
      #expect(inspection.code == 0)
      for text in ["layout: CompVis checkpoint", "architecture: InstructPix2Pix", "CompVis"] {
        #expect(inspection.output.contains(text), "\(inspection.output)")
      }
      let back = try Program.run(
        ["model", "convert", "one.ckpt", "--output", "back", "--dtype", "fp32"], in: folder)
      #expect(back.code == 0, "\(back.errors)")
      #expect(try paint("back") == expected)
      for part in ["unet", "vae", "text_encoder"] {
        let outcome = try Program.run(["model", "inspect", "back/\(part)"], in: folder)
        #expect(outcome.code == 0 && outcome.output.contains("layout: single part"))
      }
      let taken = try Program.run(
        ["model", "convert", "one.ckpt", "--output", "back"], in: folder)
      #expect(taken.code == 64 && taken.errors.contains("exists already"))
      let widened = try Program.run(["model", "widen", "back", "--output", "wide"], in: folder)
      #expect(widened.code == 64 && widened.errors.contains("nothing to widen"))
    }
  }
}
