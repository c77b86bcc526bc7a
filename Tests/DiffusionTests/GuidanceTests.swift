import Diffusion
import TestSupport
import Testing

@Suite struct GuidanceTests {
  @Test func weightsOfInstructPix2Pix() {
    let branches = Guidance.instructPix2Pix().branches
    #expect(branches.map(\.usesPicture) == [true, true, false])
    #expect(branches.map(\.usesText) == [true, false, false])
    #expect(branches.map(\.weight) == [7.5, -6, -0.5])
  }

  @Test func weightsOfInstructDiffusion() {
    let branches = Guidance.instructDiffusion(text: 6, image: 2).branches
    #expect(branches.map(\.usesPicture) == [true, true, false])
    #expect(branches.map(\.usesText) == [true, false, true])
    #expect(branches.map(\.weight) == [8, -5.5, -1.5])
  }

  @Test(arguments: [
    (Guidance.unguided, 1), (.instructPix2Pix(text: 1, image: 1), 1),
    (.instructPix2Pix(text: 7.5, image: 1), 2), (.instructPix2Pix(text: 2, image: 2), 2),
    (.instructPix2Pix(text: 0, image: 1), 1), (.instructPix2Pix(text: 0, image: 0), 1),
    (.instructPix2Pix(text: 1, image: 1.5), 3),
    (.instructDiffusion(text: 0.5, image: 0.5), 1),
    (.instructDiffusion(text: 6, image: 0.5), 2), (.instructDiffusion(text: 0.5, image: 2), 2),
  ])
  func branchesWithoutWeightAreDropped(guidance: Guidance, passCount: Int) {
    #expect(guidance.passCount == passCount)
  }

  @Test(arguments: [
    Guidance.unguided, .instructPix2Pix(text: 3.7, image: 1.3), .instructPix2Pix(text: 0, image: 2),
    .instructDiffusion(text: 5, image: 1.25), .instructDiffusion(text: 0.1, image: 9),
  ])
  func equalAnswersStayWhatTheyAre(guidance: Guidance) {
    expectClose([guidance.branches.reduce(0) { $0 + $1.weight }], [1.0], absolute: 1e-12)
  }
}
