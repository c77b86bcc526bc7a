import Foundation
import Imaging
import Testing

@Suite struct SpacingOptionTests {
  /// Checks a dry run about a picture with `options`.
  private func plan(_ options: [String], check: (Program.Outcome) throws -> Void) throws {
    try inScratchFolder { folder in
      try PNG.write(samplePicture(width: 40, height: 20), to: folder + "/in.png")
      try check(
        Program.run(
          [
            "run", "--model", TinyModel.folder, "--quiet", "--image", "in.png", "--instruction",
            "Segment the dog", "--dry-run", "--steps", "7",
          ] + options, in: folder))
    }
  }

  @Test func plansNameTheSpacingAndCountSecondEvaluations() throws {
    for (options, lines) in [
      ([], ["spacing: uniform", "network evaluations: 21 a picture"]),
      (["--sampler", "unipc"], ["spacing: trailing", "network evaluations: 21 a picture"]),
      (
        ["--sampler", "heun", "--spacing", "karras"],
        ["spacing: karras", "network evaluations: 39 a picture"]
      ),
    ] {
      try plan(options) { outcome in
        #expect(outcome.code == 0, "\(outcome.errors)")
        for line in lines { #expect(outcome.output.contains(line + "\n"), "\(line)") }
      }
    }
  }

  @Test func unknownSpacingsAreUsageErrors() throws {
    try plan(["--spacing", "magic"]) { outcome in
      #expect(outcome.code == 64)
      #expect(outcome.errors.contains("unknown spacing \"magic\"; choose one of uniform"))
    }
  }
}
