import Answering
import Diffusion
import Foundation
import Imaging
import Testing
import VisionTasks

@Suite struct PassCountTests {
  /// Steps, times evaluations of the solver, times branches of the guidance that count.
  @Test(arguments: [
    ("euler", 20, "ip2p", 7.5, 1.5, 60), ("heun", 20, "ip2p", 7.5, 1.5, 117),
    ("dpm-2m", 1, "ip2p", 7.5, 1.5, 3), ("euler-ancestral", 20, "ip2p", 7.5, 1, 40),
    ("euler-ancestral", 20, "ip2p", 1, 1, 20), ("ddim", 7, "ip2p", 2, 2, 14),
    ("euler", 100, "instructdiffusion", 5, 1.25, 300),
    ("euler", 100, "instructdiffusion", 6, 0.5, 200),
    ("euler", 10, "instructdiffusion", 0.5, 0.5, 10),
  ])
  func passesOfSettings(
    _ sampler: String, _ steps: Int, _ guidance: String, _ text: Double, _ image: Double,
    _ expected: Int
  ) throws {
    var settings = AnswerSettings(.standard)
    (settings.sampler, settings.steps, settings.guidance) = (sampler, steps, guidance)
    (settings.textGuidance, settings.imageGuidance) = (text, image)
    #expect(try settings.passCount() == expected)
  }

  @Test func reportsSayHowManyPassesWereTaken() throws {
    let record = try sampleRecord("Segment the dog")
    let report = AnswerReport(
      record: record,
      answer: .segmentation(
        SegmentationAnswer(mask: Mask(width: 3, height: 2, repeating: true))), files: [:])
    let fields = try #require(
      try JSONSerialization.jsonObject(with: Data(report.text(pretty: false).utf8))
        as? [String: Any])
    #expect(fields["unet_passes"] as? Int == 300)
  }

  @Test func paintingTakesThatManyPasses() throws {
    let model = try InstructModel.load(path: ModelLocator.locate("default").path)
    var settings = AnswerSettings(model.card)
    (settings.steps, settings.sampler, settings.resolution) = (2, "heun", 32)
    (settings.textGuidance, settings.imageGuidance) = (3, 1)
    let painted = try Answerer(model: model).paint(
      Image(width: 32, height: 32, filledWith: .white), instruction: "Segment the cube",
      settings: settings)
    #expect(painted.passCount == 6)
    #expect(try settings.passCount() == 6)
  }
}
