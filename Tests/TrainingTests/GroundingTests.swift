import Imaging
import Models
import TensorCore
import TestSupport
import Testing
import Training

/// Losses inside the UNet that lead to verdicts.
@Suite struct GroundingTests {
  @Test func cellsOfWhichAQuarterIsWhiteAreCovered() {
    var mask = Image(width: 8, height: 8, filledWith: .black)
    // A quarter of the cell at the upper left, less of the one beside it, all of one below.
    mask.paste(Image(width: 1, height: 1, filledWith: .white), x: 0, y: 0)
    mask.paste(Image(width: 2, height: 2, filledWith: .white), x: 4, y: 6)
    let fine = ThingCells.covered(by: mask, height: 4, width: 4)
    #expect(fine.indices.filter { fine[$0] } == [0, 14])
    #expect(
      ThingCells.covered(by: mask, height: 2, width: 2) == [false, false, false, true])
  }

  @Test func smallThingsCoverTheCellsThatHaveMostOfThem() {
    var mask = Image(width: 16, height: 16, filledWith: .black)
    mask.paste(Image(width: 1, height: 2, filledWith: .white), x: 9, y: 2)
    #expect(ThingCells.covered(by: mask, height: 2, width: 2) == [false, true, false, false])
    let nothing = Image(width: 16, height: 16, filledWith: .black)
    #expect(!ThingCells.covered(by: nothing, height: 2, width: 2).contains(true))
  }

  @Test func masksAreMirroredLikeTheirPictures() throws {
    let folder = try TrainingFolder()
    var mask = Image(width: 8, height: 8, filledWith: .black)
    mask.paste(Image(width: 4, height: 4, filledWith: .white), x: 4, y: 0)
    try PNG.write(mask, to: folder["mask.png"])
    let cells = ThingCells(pictureSize: 16)
    func covered(_ path: String?, isMirrored: Bool) throws -> [Bool] {
      try cells.covered(by: path, height: 2, width: 2, isMirrored: isMirrored)
    }
    #expect(try covered(folder["mask.png"], isMirrored: false) == [false, true, false, false])
    #expect(try covered(folder["mask.png"], isMirrored: true) == [true, false, false, false])
    #expect(try covered(nil, isMirrored: true) == [false, false, false, false])
  }

  /// Untrained probes answer 0, halfway between no and yes, so that every known error is 1.
  @Test func onlyWhatIsKnownCounts() throws {
    let configuration = SyntheticStages.configuration()
    let sizes = configuration.model.unetConfiguration
    func example(_ verdict: Bool?) -> TrainingExample {
      TrainingExample(
        picturePath: "", targetPath: "", instruction: "", task: .classification, verdict: verdict)
    }
    let grounding = try Grounding(
      weight: 0.5, examples: [example(false), example(true), example(nil)], pictureSize: 16,
      unet: sizes, seed: 1)
    var stream = RandomStream(seed: 2)
    let unet = try UNet(sizes, weights: .random(seed: 1), purpose: .training)
    let count = 4
    let evaluation = unet.evaluate(
      .normal([count, 8, 8, sizes.inputChannels], using: &stream),
      timesteps: [1, 2, 3, 4],
      context: unet.context(of: .normal([count, 2, sizes.contextWidth], using: &stream)))
    var losses = GroupedLosses()
    let loss = try grounding.loss(
      of: evaluation, examples: [0, 1, 2, 0], isMirrored: [false, true, false, false],
      isWhole: [true, true, true, false], reporting: &losses)
    // Absent: place and verdict; present, without a mask: the verdict; the others neither. So a
    // quarter of the batch tells places and a half verdicts.
    #expect(loss.floats == [0.375])
    #expect(losses.meanByName == ["place": 1, "presence": 1])
  }

  /// The place of a thing that is asked for is known from the set's own mask of it.
  @Test func examplesKnowTheirMasks() throws {
    let examples = try TrainingExamples.load(SmallRun.shared.get().configuration())
    for example in examples {
      switch example.task {
      case .segmentation, .detection: #expect(example.thingMaskPath != nil)
      case .classification: #expect((example.thingMaskPath != nil) == (example.verdict == true))
      default: #expect(example.thingMaskPath == nil)
      }
    }
    #expect(examples.contains { $0.verdict == true })
  }

  @Test func placesAndVerdictsAreLearnedBesideThePrediction() throws {
    let trainer = try SyntheticStages.denoiser(
      SyntheticStages.configuration { $0.denoiser.optimizer.learningRate = 5e-3 }, exampleCount: 2
    ) { $0 == 0 }
    var presences: [Double] = []
    for _ in 0..<60 { presences.append(try trainer.advance().parts["presence"] ?? 1) }
    let first = presences.prefix(10).reduce(0, +)
    let last = presences.suffix(10).reduce(0, +)
    #expect(last < 0.5 * first)
  }
}
