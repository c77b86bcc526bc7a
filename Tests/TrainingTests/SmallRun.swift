import Datasets
import Foundation
import Platform
import Training

/// A data set of twelve scenes and a configuration of the smallest sizes that it can be trained
/// with, made once for all tests: the smoke configuration, shrunk.
struct SmallRun {
  /// The folder of the built set.
  let data: String
  private let folder: TrainingFolder

  static let shared = Result { try SmallRun() }

  static let smokeConfiguration = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Configs/smoke.yaml").path

  private init() throws {
    folder = try TrainingFolder()
    data = folder["built"]
    try SceneWorldWriter.write(
      count: SceneCounts(train: 12, val: 1, valUnseen: 1), seed: 5, size: 32, to: folder["scenes"])
    try DatasetBuilder(
      sources: [CocoSource(sceneWorld: folder["scenes"], split: .train)],
      settings: BuildSettings(variant: .rephrased, seed: 3)
    ).build(to: data)
  }

  /// `--set` values.
  var overrides: [String] {
    [
      "data.root=\(data)", "model.picture_size=32",
      "model.autoencoder={widths: [4, 4, 8, 8], groups: 2}",
      "model.unet={widths: [8, 12], heads: [1, 2], groups: 4}",
      "model.text_encoder={width: 16, length: 16, vocabulary: 256}",
      "autoencoder.steps=6", "autoencoder.crop=16", "autoencoder.batch=4", "denoiser.steps=6",
      "denoiser.batch=4", "denoiser.accumulation=2", "denoiser.grounding_weight=0.1",
      "output.checkpoint_every=2",
      "output.sample_every=100", "output.sample_count=2", "output.sample_steps=1",
      "output.log_every=4",
    ]
  }

  func configuration(_ more: [String] = []) throws -> TrainingConfiguration {
    try TrainingConfiguration.load(path: Self.smokeConfiguration, overrides: overrides + more)
  }

  /// Goes on with a run, or begins it, until `stop` says so or it is over; nothing is saved then.
  @discardableResult
  static func drive(
    _ configuration: TrainingConfiguration, to output: String, resume: Bool = false,
    until stop: (TrainingEvent) -> Bool = { _ in false }
  ) throws -> TrainingRun {
    let run = try TrainingRun(
      configuration, examples: TrainingExamples.load(configuration), output: output,
      resume: resume)
    while let event = try run.next() { if stop(event) { break } }
    return run
  }

  /// What a finished run leaves, without the checkpoints before the last.
  static func results(of folder: TrainingFolder, _ name: String) throws -> [String: Data] {
    try folder.contents(of: name).filter { path, _ in
      !path.hasPrefix("checkpoints/") || path.contains("/step-00000006/")
    }
  }

  /// A run that nothing disturbed.
  static let undisturbed = Result { () -> [String: Data] in
    let folder = try TrainingFolder()
    try drive(shared.get().configuration(), to: folder["run"])
    return try results(of: folder, "run")
  }

  /// Names of files that differ between two runs' results.
  static func differences(_ a: [String: Data], _ b: [String: Data]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }
}
