import Answering
import Diffusion
import Platform
import Testing
import VisionTasks

@Suite struct AnswerPresetTests {
  /// The authors' numbers, written out by hand: steps, formula, scales of text and picture,
  /// resolution, framing, and the evaluations of the network that follow.
  private static let table:
    [(String, TaskKind, Int, String, Double, Double, Int, String, passes: Int)] = [
      ("instructcv", .segmentation, 100, "ip2p", 7.5, 1.5, 512, "fit", 300),
      ("instructcv", .detection, 100, "ip2p", 7.5, 1.5, 512, "fit", 300),
      ("instructcv", .depth, 100, "ip2p", 7.5, 1.5, 512, "fit", 300),
      ("instructcv", .classification, 100, "ip2p", 7.5, 1.5, 512, "squash-bilinear", 300),
      ("instructcv-benchmark", .segmentation, 100, "ip2p", 7.5, 1.5, 256, "squash-bilinear", 300),
      ("instructcv-benchmark", .detection, 100, "ip2p", 7.5, 1.5, 512, "squash-bilinear", 300),
      ("instructcv-benchmark", .depth, 100, "ip2p", 7.5, 1.5, 256, "squash-bilinear", 300),
      ("instructcv-benchmark", .classification, 100, "ip2p", 7.5, 1.5, 256, "squash-bilinear", 300),
      ("instructdiffusion", .segmentation, 100, "instructdiffusion", 7.5, 1.5, 512, "fit", 300),
      ("instructdiffusion", .detection, 100, "instructdiffusion", 5, 1.25, 512, "fit", 300),
      ("instructdiffusion", .depth, 100, "instructdiffusion", 5, 1.25, 512, "fit", 300),
      ("instructdiffusion", .classification, 100, "instructdiffusion", 5, 1.25, 512, "fit", 300),
      (
        "instructdiffusion-demo", .segmentation, 50, "instructdiffusion", 7, 1.25, 512,
        "fit-inside", 150
      ),
      (
        "instructdiffusion-demo", .detection, 50, "instructdiffusion", 7, 1.25, 512, "fit-inside",
        150
      ),
      ("instructdiffusion-demo", .depth, 50, "instructdiffusion", 7, 1.25, 512, "fit-inside", 150),
      (
        "instructdiffusion-demo", .classification, 50, "instructdiffusion", 7, 1.25, 512,
        "fit-inside", 150
      ),
    ]

  /// A card with advice of its own that has nothing in common with any preset.
  private var card: ModelCard {
    var card = ModelCard(
      name: "own", resolution: 64, sampler: "unipc", steps: 7, textGuidance: 2, imageGuidance: 3,
      squashesPictures: true)
    for task in TaskKind.allCases {
      card.tasks[task.rawValue] = .init(steps: 4, textGuidance: 8, imageGuidance: 9)
    }
    return card
  }

  @Test func everyTaskIsAskedAsTheAuthorsDo() throws {
    let names = AnswerPreset.all.map(\.name)
    #expect(Self.table.count == names.count * TaskKind.allCases.count)
    #expect(Set(Self.table.map(\.0)) == Set(names))
    for (name, task, steps, guidance, text, image, resolution, framing, passes) in Self.table {
      let preset = try AnswerPreset(named: name)
      for card in [card, .standard] {
        var settings = AnswerSettings(card, task: task, seed: 5)
        (settings.rng, settings.spacing) = ("torch", "karras")
        settings.follow(preset, for: task)
        #expect(settings.sampler == "euler-ancestral")
        let plan = try settings.samplerPlan(schedule: .stableDiffusion)
        #expect(plan.spacing == .uniform && plan.stepCount == steps, "\(name)")
        #expect(settings.guidance == guidance, "\(name) \(task)")
        #expect(settings.textGuidance == text, "\(name) \(task)")
        #expect(settings.imageGuidance == image, "\(name) \(task)")
        #expect(settings.resolution == resolution, "\(name) \(task)")
        #expect(settings.framing == framing, "\(name) \(task)")
        #expect(try settings.passCount() == passes, "\(name) \(task)")
        // What is no matter of how a method's authors ask.
        #expect(settings.seed == 5 && settings.rng == "torch")
        try settings.validate()
      }
    }
  }

  /// With InstructDiffusion's scales for keypoints the branch without the picture vanishes.
  @Test func changedScalesChangeThePasses() throws {
    var settings = AnswerSettings(card)
    settings.follow(try AnswerPreset(named: "instructdiffusion"), for: nil)
    (settings.textGuidance, settings.imageGuidance) = (6, 0.5)
    #expect(try settings.passCount() == 200)
    settings.textGuidance = 0.5
    #expect(try settings.passCount() == 100)
  }

  /// Models without a card are asked as InstructCV's authors do, so that their answers are the same.
  @Test func theUsualSettingsAreInstructCVs() throws {
    for task in [TaskKind.segmentation, .detection, .depth] {
      var settings = AnswerSettings(.standard, task: task)
      settings.follow(try AnswerPreset(named: "instructcv"), for: task)
      #expect(settings == AnswerSettings(.standard, task: task))
    }
  }

  @Test func unknownNamesAreRefusedWithTheKnownOnes() {
    let error = #expect(throws: ReportableError.self) { try AnswerPreset(named: "instructCV") }
    #expect(error?.code == .usage)
    #expect(
      error?.message == "unknown preset \"instructCV\"; choose one of instructcv, "
        + "instructcv-benchmark, instructdiffusion, instructdiffusion-demo")
  }
}
