import Foundation
import Imaging
import Testing

@Suite struct PrecisionOptionTests {
  @Test(arguments: ["bf16", "int8"])
  func answersOfNarrowWeightsAreMadeAgain(precision: String) throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 40, height: 24), to: folder + "/in.png")
      func ask(_ options: [String]) throws -> Program.Outcome {
        try Program.run(["run"] + options, in: folder)
      }
      let base = [
        "--model", TinyModel.folder, "--image", "in.png", "--instruction", "Segment the dog",
        "--steps", "2",
      ]
      #expect(try ask(base + ["--output", "full.png"]).code == 0)
      let narrow = try ask(base + ["--precision", precision, "--output", "narrow.png"])
      #expect(narrow.code == 0 && narrow.errors.contains(" \(precision), "), "\(narrow.errors)")
      // The tiny model's weights are random in 32 bits.
      #expect(
        try PictureFile.read(folder + "/narrow.png") != PictureFile.read(folder + "/full.png"))
      #expect(try ask(["--quiet", "--again", "narrow.png", "--output", "again.png"]).code == 0)
      #expect(
        FileManager.default.contents(atPath: folder + "/again.png")
          == FileManager.default.contents(atPath: folder + "/narrow.png"))
      let plan = try ask(base + ["--precision", precision, "--dry-run"])
      #expect(plan.output.contains("precision: \(precision)\n"), "\(plan.output)")
      let unknown = try ask(base + ["--precision", "fp8"])
      #expect(unknown.code == 64 && unknown.errors.contains("fp8"), "\(unknown.errors)")
    }
  }
}
