import Datasets
import Diffusion
import Foundation
import Platform
import TensorCore
import Testing
import Training

/// Stopping and going on, within this process; ``TrainCommandTests`` does it to the program.
@Suite struct ResumeTests {
  private let small: SmallRun
  private let undisturbed: [String: Data]

  init() throws {
    small = try SmallRun.shared.get()
    undisturbed = try SmallRun.undisturbed.get()
  }

  private func isStep(_ event: TrainingEvent, _ number: Int) -> Bool {
    if case .step(let report) = event { report.step == number } else { false }
  }

  @Test func anUndisturbedRunLeavesEverything() throws {
    let text = String(decoding: try #require(undisturbed["metrics.jsonl"]), as: UTF8.self)
    #expect(text.split(separator: "\n").count == 12)
    for name in [
      "config.yaml", "loss-autoencoder.png", "loss-denoiser.png", "model/model_index.json",
      "samples/autoencoder-00000006.png", "samples/denoiser-00000006.png", "tokenizer/vocab.json",
      "checkpoints/denoiser/step-00000006/averages.safetensors",
    ] {
      #expect(undisturbed[name] != nil, "\(name)")
    }
    #expect(!undisturbed.keys.contains { $0.hasSuffix(".partial") })
    // How the set's targets were painted, for whoever reads the model's answers.
    let card = try JSONDecoder().decode(
      ModelCard.self, from: try #require(undisturbed["model/instructcv.json"]))
    #expect(card.outlineWidth == 4 && card.verdictColors.count == 16)
  }

  @Test(arguments: [("autoencoder", 3), ("autoencoder", 6), ("denoiser", 3), ("denoiser", 6)])
  func aSavedRunGoesOnBitForBit(stage: String, step: Int) throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    var name = ""
    var stopped: TrainingRun? = try SmallRun.drive(configuration, to: folder["run"]) { event in
      if case .stage(let begun, _, _) = event { name = begun }
      return name == stage && isStep(event, step)
    }
    let saved = try #require(try stopped?.save())
    #expect(saved.hasSuffix("checkpoints/\(stage)/step-0000000\(step)"))
    stopped = nil
    try SmallRun.drive(configuration, to: folder["run"], resume: true)
    let results = try SmallRun.results(of: folder, "run")
    #expect(SmallRun.differences(results, undisturbed) == [])
  }

  @Test func aRunWithoutGatheredGradientsGoesOnBitForBit() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration([
      "autoencoder.optimizer.clip_norm=0", "denoiser.optimizer.clip_norm=0",
      "denoiser.accumulation=1",
    ])
    try SmallRun.drive(configuration, to: folder["whole"])
    _ = try SmallRun.drive(configuration, to: folder["run"]) { self.isStep($0, 5) }.save()
    try SmallRun.drive(configuration, to: folder["run"], resume: true)
    #expect(
      SmallRun.differences(
        try SmallRun.results(of: folder, "run"), try SmallRun.results(of: folder, "whole")) == [])
  }

  @Test func aRunDroppedAfterAnyEventGoesOnBitForBit() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    var allowed = 0
    var isFinished = false
    while !isFinished {
      allowed += 1
      #expect(allowed < 60)
      if allowed == 60 { return }
      var count = 0
      try SmallRun.drive(configuration, to: folder["run"], resume: true) { event in
        if case .finished = event { isFinished = true }
        count += 1
        return count == allowed
      }
    }
    #expect(allowed > 5)
    #expect(SmallRun.differences(try SmallRun.results(of: folder, "run"), undisturbed) == [])
  }

  @Test func aFinishedRunResumedStaysAsItIs() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    try SmallRun.drive(configuration, to: folder["run"])
    try SmallRun.drive(configuration, to: folder["run"], resume: true)
    #expect(SmallRun.differences(try SmallRun.results(of: folder, "run"), undisturbed) == [])
  }

  @Test func anotherConfigurationIsRefusedByName() throws {
    let folder = try TrainingFolder()
    let stop: (TrainingEvent) -> Bool = { self.isStep($0, 3) }
    try SmallRun.drive(try small.configuration(), to: folder["run"], until: stop)
    let before = try folder.contents()
    for (change, message) in [
      ("autoencoder.optimizer.learning_rate=0.002", "learning_rate is 0.002, was 0.001"),
      ("seed=9", "seed is 9, was 1"),
      ("data.task_shares={depth: 1}", "data.task_shares.segmentation is not there, was 0.3"),
      ("data.limit=20", "data.limit is 20, was 0"),
      ("denoiser.products=bf16", "denoiser.products is bf16, was fp32"),
    ] {
      expectReport(.badData, "another configuration", message) {
        try SmallRun.drive(try small.configuration([change]), to: folder["run"], resume: true)
      }
    }
    #expect(try folder.contents() == before)
    // What decides no number may change.
    let other = try small.configuration(["output.log_every=1", "name=other"])
    try SmallRun.drive(other, to: folder["run"], resume: true, until: stop)
  }

  @Test func productsOfBrainFloatsAreSaidAndNeedTheProcessor() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration(["denoiser.products=bf16"])
    var notes: [String] = []
    try SmallRun.drive(configuration, to: folder["run"]) { event in
      if case .note(let text) = event, text.contains("products") { notes.append(text) }
      return false
    }
    let isNarrow = ProductPrecision.bf16.onThisMachine == .bf16
    #expect(notes.count == 1)
    #expect(
      notes.first?.contains(isNarrow ? "products are of bf16" : "don't multiply bf16") == true)
    let differences = SmallRun.differences(
      try SmallRun.results(of: folder, "run"), undisturbed)
    #expect(differences.contains("config.yaml") && differences.contains("run.json"))
    let weights = "checkpoints/denoiser/step-00000006/weights.safetensors"
    #expect(differences.contains(weights) == isNarrow)
    #expect(!differences.contains(weights.replacing("denoiser", with: "autoencoder")))
    if !isNarrow { #expect(!differences.contains("metrics.jsonl")) }
  }

  @Test func anotherDataSetIsRefused() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    try SmallRun.drive(configuration, to: folder["run"]) { self.isStep($0, 3) }
    var examples = try TrainingExamples.load(configuration)
    examples[4].instruction += "!"
    expectReport(.badData, "another data set") {
      try TrainingRun(configuration, examples: examples, output: folder["run"], resume: true)
    }
  }

  @Test func aSetCopiedWithoutItsLinksIsAnother() throws {
    let folder = try TrainingFolder()
    // Small files are told apart by their content; these are too large for that.
    try SceneWorldWriter.write(
      count: SceneCounts(train: 4, val: 0, valUnseen: 0), seed: 5, size: 128,
      to: folder["scenes"])
    _ = try DatasetBuilder(
      sources: [CocoSource(sceneWorld: folder["scenes"], split: .train)],
      settings: BuildSettings()
    ).build(to: folder["built"])
    let configuration = try small.configuration(["data.root=\(folder["built"])"])
    _ = try SmallRun.drive(configuration, to: folder["run"]) { self.isStep($0, 3) }.save()
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder["built"]) {
      let (from, to) = (folder["built/\(name)"], folder["copy/\(name)"])
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: to).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      guard let bytes = FileManager.default.contents(atPath: from) else { continue }
      try bytes.write(to: URL(fileURLWithPath: to))
    }
    expectReport(.badData, "another data set") {
      try SmallRun.drive(
        try small.configuration(["data.root=\(folder["copy"])"]), to: folder["run"], resume: true)
    }
  }

  @Test func anotherArithmeticIsSaid() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    try SmallRun.drive(configuration, to: folder["run"]) { self.isStep($0, 3) }
    func notes() throws -> [String] {
      var notes: [String] = []
      try SmallRun.drive(configuration, to: folder["run"], resume: true) { event in
        if case .note(let text) = event { notes.append(text) }
        return self.isStep(event, 1)
      }
      return notes.filter { $0.contains("differ by rounding") }
    }
    #expect(try notes().isEmpty)
    let file = folder["run/run.json"]
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let moved = text.replacingOccurrences(of: Arithmetic.name, with: "abacus")
    #expect(moved != text)
    try moved.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try notes().first?.contains("abacus") == true)
    #expect(try notes().isEmpty)
  }

  @Test func aFolderWithARunIsNotWrittenOver() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    try SmallRun.drive(configuration, to: folder["run"]) { self.isStep($0, 3) }
    expectReport(.usage, "holds a run already", "--resume") {
      try SmallRun.drive(configuration, to: folder["run"])
    }
    // A start that failed before its first step leaves nothing worth keeping.
    expectReport(.missingInput, "nowhere") {
      try SmallRun.drive(
        try small.configuration(["autoencoder.pretrained=/nowhere"]), to: folder["failed"])
    }
    try SmallRun.drive(configuration, to: folder["failed"], resume: true) { self.isStep($0, 1) }
    // Without its description a run can't be told from another.
    try FileManager.default.removeItem(atPath: folder["run/run.json"])
    expectReport(.badData, "can't be resumed") {
      try SmallRun.drive(configuration, to: folder["run"], resume: true)
    }
  }

  @Test func aFolderServesOneRunAtATime() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration()
    let holder = try SmallRun.drive(configuration, to: folder["run"]) { self.isStep($0, 1) }
    withExtendedLifetime(holder) {
      expectReport(.usage, "in use by another run") {
        try SmallRun.drive(configuration, to: folder["run"], resume: true)
      }
    }
  }

  @Test func stagesOfNoStepsAreSkipped() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration(["autoencoder.steps=0", "denoiser.steps=0"])
    var steps = 0
    try SmallRun.drive(configuration, to: folder["run"]) {
      if case .step = $0 { steps += 1 }
      return false
    }
    #expect(steps == 0)
    let model = folder["run/model"]
    #expect(FileManager.default.fileExists(atPath: model + "/model_index.json"))
    // That model is a start for another run, with its own autoencoder.
    let start = [
      "autoencoder.pretrained=\(model)", "denoiser.initial_model=\(model)", "denoiser.steps=2",
    ]
    try SmallRun.drive(try small.configuration(start), to: folder["fine"])
    let trained = try folder.contents(of: "fine/model")
    let untrained = try folder.contents(of: "run/model")
    let vae = "vae/diffusion_pytorch_model.safetensors"
    #expect(trained[vae] == untrained[vae])
    #expect(trained["tokenizer/vocab.json"] == untrained["tokenizer/vocab.json"])
    let unet = "unet/diffusion_pytorch_model.safetensors"
    #expect(trained[unet] != untrained[unet])
    // So is the same model in another layout.
    let checkpoint = folder["model.safetensors"]
    try ModelConverter(target: .single).write(ModelFiles(path: model), to: checkpoint)
    let other = start.map { $0.replacing(model, with: checkpoint) }
    try SmallRun.drive(try small.configuration(other), to: folder["again"])
    #expect(try folder.contents(of: "again/model")[unet] == trained[unet])
  }

  @Test func picturesOfChangingSizesAreEncodedAsTheyAreDrawn() throws {
    let folder = try TrainingFolder()
    let configuration = try small.configuration([
      "data.resize_minimum=32", "data.resize_maximum=40", "autoencoder.steps=1",
      "denoiser.steps=2", "denoiser.grounding_weight=0",
    ])
    try SmallRun.drive(configuration, to: folder["run"])
    #expect(try folder.contents(of: "run/cache").isEmpty)
  }
}
