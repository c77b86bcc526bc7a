import Foundation
import Platform
import Testing
import Training

@Suite struct ConfigurationTests {
  private static let folder = URL(fileURLWithPath: SmallRun.smokeConfiguration)
    .deletingLastPathComponent().path

  private func load(_ overrides: String...) throws -> TrainingConfiguration {
    try TrainingConfiguration.load(path: SmallRun.smokeConfiguration, overrides: overrides)
  }

  @Test func shippedConfigurationsAreSound() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
      .filter { $0.hasSuffix(".yaml") }
    #expect(names.count >= 2)
    for name in names {
      let configuration = try TrainingConfiguration.load(path: "\(Self.folder)/\(name)")
      #expect(configuration.denoiser.steps > 0)
    }
  }

  @Test func writtenOutItReadsBackAsTheSame() throws {
    let configuration = try load(
      "data.task_shares={detection: 0.25, depth: 0.123456}", "denoiser.prediction=sample",
      "denoiser.optimizer.epsilon=3.0e-9", "autoencoder.shares={pictures: 1}")
    let text = try StrictYAML.encode(configuration)
    #expect(text.contains("depth: 0.123456") && text.contains("drop_text: 0.05"))
    let folder = try TrainingFolder()
    try text.write(toFile: folder["a.yaml"], atomically: true, encoding: .utf8)
    #expect(try TrainingConfiguration.load(path: folder["a.yaml"]) == configuration)
    #expect(try StrictYAML.encode(configuration) == text)
  }

  @Test func tablesOfSharesAreGivenAsAWhole() throws {
    let file = try load()
    #expect(file.data.taskShares.names == ["classification", "depth", "detection", "segmentation"])
    #expect(try load("data.task_shares={depth: 1}").data.taskShares.names == ["depth"])
    let single = try load("data.task_shares.depth=0.7").data.taskShares
    #expect(single["depth"] == 0.7 && single["segmentation"] == 0.3)
    let later = try load("autoencoder.shares={depth: 1}", "autoencoder.shares.pictures=2")
    #expect(later.autoencoder.shares == ["depth": 1, "pictures": 2])
    #expect(file.autoencoder.shares["detection"] == 0.3)
  }

  @Test func productsAreChosen() throws {
    #expect(try load().denoiser.products == .fp32)
    #expect(try load("denoiser.products=bf16").denoiser.products == .bf16)
  }

  @Test func overridesApplyToTheDefaultsAlone() throws {
    #expect(try TrainingConfiguration.load(path: nil) == TrainingConfiguration())
    let changed = try TrainingConfiguration.load(path: nil, overrides: ["denoiser.batch=3"])
    #expect(changed.denoiser.batch == 3)
    expectReport(.badData, "denoiser.batch and .accumulation") {
      try TrainingConfiguration.load(path: nil, overrides: ["denoiser.batch=0"])
    }
  }

  @Test func anEmptyValueIsAnEmptyText() throws {
    #expect(try load("autoencoder.pretrained=").autoencoder.pretrained == "")
  }

  @Test(arguments: [
    ("autoencoder.shares={}", "autoencoder.shares needs at least one positive share"),
    ("autoencoder.shares={photos: 1}", "unknown key autoencoder.shares.photos"),
    ("autoencoder.shares={depth: -1}", "autoencoder.shares can't hold negative"),
    ("data.task_shares={depth: .inf}", "data.task_shares can't hold negative or endless"),
    ("data.task_shares={dept: 1}", "did you mean depth?"),
    ("data.flip=1.5", "data.flip must be within 0 and 1"),
    ("data.flip=.nan", "data.flip"),
    ("denoiser.optimizer.learning_rate=.inf", "learning_rate must be a positive number"),
    ("denoiser.optimizer.learning_rate=.nan", "learning_rate must be a positive number"),
    (
      "denoiser.prediction=velocity",
      "denoiser.prediction: \"velocity\" is none of epsilon, v_prediction, sample"
    ),
    ("denoiser.products=int8", "denoiser.products: \"int8\" is none of fp32, bf16"),
    ("denoiser.optimizer.method=sgd", "\"sgd\" is none of adamw, muon"),
    (
      "denoiser={prediction: epsilon, ends_in_pure_noise: true}",
      "denoiser.ends_in_pure_noise needs v_prediction"
    ),
    ("denoiser.batch=9223372036854775807", "denoiser.batch and .accumulation"),
    ("denoiser.drop_text=0.95", "denoiser.drop_*"),
    ("denoiser.timestep_limit=0", "denoiser.timestep_limit must be within 1 and 1000"),
    ("denoiser.last_timestep_share=1.1", "denoiser.last_timestep_share must be within 0 and 1"),
    ("model.unet.widths=[]", "model.unet.widths needs 1 to 6 levels"),
    ("model.autoencoder.widths=[]", "model.autoencoder.widths needs 1 to 6 levels"),
    ("model.picture_size=-64", "model.picture_size"),
    ("model.picture_size=72", "model.picture_size must be a multiple of 16"),
    ("model.unet.groups=0", "norm_num_groups"),
    ("seed=-1", "seed must be a whole number"),
    ("name=a/b", "name must be a name"),
    ("denoiser.initial_model=x", "autoencoder.pretrained"),
    ("data.resize_maximum=90", "data.resize_minimum"),
    ("output.kept_checkpoints=0", "output.kept_checkpoints"),
  ])
  func nonsenseIsNamed(override: String, message: String) {
    expectReport(.badData, message) { try load(override) }
  }

  @Test func depthOfLevelsIsBounded() {
    let many = "[" + [String](repeating: "8", count: 80).joined(separator: ", ") + "]"
    let yes = "[" + [String](repeating: "true", count: 80).joined(separator: ", ") + "]"
    expectReport(.badData, "needs 1 to 6 levels") {
      try load(
        "model.unet.widths=\(many)", "model.unet.heads=\(many)", "model.unet.attention=\(yes)")
    }
    expectReport(.badData, "needs 1 to 6 levels") {
      try load("model.autoencoder.widths=\(many)")
    }
  }

  @Test func estimatesAreMeasured() throws {
    let configuration = try SmallRun.shared.get().configuration()
    for examples in [[], try TrainingExamples.load(configuration)] {
      let estimate = try TrainingEstimate(configuration, examples: examples)
      #expect(estimate.stages.map(\.name) == ["autoencoder", "denoiser"])
      #expect(
        estimate.stages.allSatisfy {
          $0.parameterCount > 0 && ($0.secondsPerStep ?? 0) > 0 && ($0.peakByteCount ?? 0) > 0
        })
      #expect((estimate.encoding != nil) == !examples.isEmpty)
      #expect(estimate.seconds != nil)
      #expect(estimate.text.split(separator: "\n").allSatisfy { $0.hasPrefix("# ") })
    }
  }

  /// Weights, both moments and the average, and gradients where a step needs them together.
  @Test func estimatesKnowWhichGradientsAreKept() throws {
    for (overrides, copies) in [
      (["accumulation=1", "optimizer.clip_norm=0", "optimizer.method=adamw"], 4),
      (["accumulation=2", "optimizer.clip_norm=0", "optimizer.method=adamw"], 5),
      (["accumulation=1", "optimizer.clip_norm=1", "optimizer.method=adamw"], 5),
      (["accumulation=1", "optimizer.clip_norm=0", "optimizer.method=muon"], 5),
    ] {
      let estimate = try TrainingEstimate(
        try SmallRun.shared.get().configuration(overrides.map { "denoiser." + $0 }), examples: [])
      let stage = try #require(estimate.stages.last)
      #expect(stage.name == "denoiser")
      #expect(stage.stateByteCount == copies * 4 * stage.parameterCount, "\(overrides)")
    }
  }

  @Test func whatCannotFitIsNotMeasured() throws {
    let estimate = try TrainingEstimate(
      load(
        "model.unet.widths=[32768, 65536]", "model.unet.heads=[8, 8]", "model.unet.groups=32"),
      examples: [])
    #expect(estimate.seconds == nil)
    #expect(estimate.text.contains("not measured"))
  }

  @Test func runsFromBeforeAKeyGoOn() throws {
    var configuration = TrainingConfiguration()
    let text = try StrictYAML.encode(configuration)
    let earlier = text.split(separator: "\n").filter { !$0.contains("products:") }
      .joined(separator: "\n")
    #expect(earlier.count < text.count)
    #expect(try configuration.differences(from: earlier, path: "run") == nil)
    configuration.denoiser.products = .bf16
    #expect(
      try configuration.differences(from: earlier, path: "run")
        == "denoiser.products is bf16, was fp32")
  }
}
