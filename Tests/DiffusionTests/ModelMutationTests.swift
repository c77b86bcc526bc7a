import Diffusion
import Foundation
import Models
import Platform
import TestSupport
import Testing

/// Damaged copies of the text files that describe a model.
@Suite(.serialized) struct ModelMutationTests {
  private static func layout(_ name: String) -> [UInt8] {
    // A golden that is lost makes an empty sample, which fails to be read.
    (try? InputFile.bytes(at: LayoutFolder.path(name), maximumByteCount: 1 << 20)) ?? []
  }

  private static func configuration<C: PartConfiguration>(
    _ type: C.Type, _ samples: String...
  ) -> MutatedFormat {
    MutatedFormat(
      "\(C.part.rawValue)/config.json", ["config.json"], samples: samples.map { [layout($0)] },
      pieces: MutationPieces.json
    ) { folder in
      let configuration = try C(path: folder + "/config.json")
      let tensors = try configuration.tensorList()
      try MutatedFormat.expect(
        tensors.scalarCount > 0 && !configuration.summary.isEmpty, "a model without weights")
      try MutatedFormat.expect(
        try C(json: configuration.json()) == configuration, "not the same after writing")
    }
  }

  private static let card = """
    {
      "name": "m", "resolution": 128, "sampler": "euler-ancestral", "steps": 20,
      "text_guidance": 3.0, "image_guidance": 1.5,
      "squashes_pictures": true,
      "outline_width": 2,
      "tasks": {"depth": {"steps": 10}, "detection": {"text_guidance": 2.5}},
      "verdict_colors": ["green", "red"],
      "provenance": {"command": "train"}
    }
    """

  private static let shards = "sharded/text_encoder/pytorch_model"
  private static let indexName = "pytorch_model.bin.index.json"

  static let formats: [MutatedFormat] = [
    configuration(UNetConfiguration.self, "older/unet/config.json", "sharded/unet/config.json"),
    configuration(AutoencoderConfiguration.self, "today/vae/config.json", "older/vae/config.json"),
    configuration(TextEncoderConfiguration.self, "today/text_encoder/config.json"),
    MutatedFormat(
      "scheduler_config.json", ["scheduler_config.json"],
      samples: [
        [layout("older/scheduler/scheduler_config.json")],
        [
          Array(
            #"""
            {"beta_start": 0.0001, "beta_end": 0.02, "num_train_timesteps": 40,
             "beta_schedule": "linear", "prediction_type": "v_prediction",
             "rescale_betas_zero_snr": true}
            """#.utf8)
        ],
      ], pieces: MutationPieces.json, read: readSchedule),
    MutatedFormat(
      "instructcv.json", [ModelCard.fileName], samples: [[Array(card.utf8)]],
      pieces: MutationPieces.json
    ) { _ = try ModelCard.load(folder: $0) },
    MutatedFormat(
      "vocab.json and merges.txt", ["vocab.json", "merges.txt"],
      samples: [
        [layout("older/tokenizer/vocab.json"), layout("older/tokenizer/merges.txt")], learned,
      ], pieces: MutationPieces.merges
    ) { folder in
      let tokenizer = try CLIPTokenizer(
        vocabularyPath: folder + "/vocab.json", mergesPath: folder + "/merges.txt")
      _ = tokenizer.decode(tokenizer.encode("the dog, THE <|endoftext|> b\u{e9} 10"))
    },
    MutatedFormat(
      "tokenizer.json and tokenizer_config.json", ["tokenizer.json", "tokenizer_config.json"],
      samples: [
        [layout("today/tokenizer/tokenizer.json"), layout("today/tokenizer/tokenizer_config.json")]
      ], pieces: MutationPieces.merges
    ) { folder in
      let tokenizer = try CLIPTokenizer(folder: folder)
      _ = tokenizer.decode(tokenizer.encode("the dog, THE <|endoftext|> b\u{e9} 10"))
    },
    // The shards lie beside it and are good.
    MutatedFormat(
      "index of shards",
      [indexName, "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"],
      samples: [
        [
          layout("\(shards).bin.index.json"), layout("\(shards)-00001-of-00002.bin"),
          layout("\(shards)-00002-of-00002.bin"),
        ]
      ], pieces: MutationPieces.json + [Array("../a.bin".utf8), Array("/etc/passwd".utf8)],
      codes: [.badData, .missingInput], changedFileCount: 1
    ) { folder in
      let path = "\(folder)/\(indexName)"
      let files = try ModelFiles(path: path)
      if let error = files.errors.combined(at: path) { throw error }
    },
  ]

  private static let learned: [[UInt8]] = {
    let vocabulary = BPETrainer(mergeCount: 30, bytes: BPETrainer.lowercaseASCII).train(
      on: ["segment the dog", "detect the cat", "estimate the depth of this image"])
    return [Array(vocabulary.vocabularyText.utf8), Array(vocabulary.mergesText.utf8)]
  }()

  private static let readSchedule: @Sendable (String) throws -> Void = { folder in
    let file = try SchedulerFile(path: folder + "/scheduler_config.json")
    let (configuration, sampler) = (file.schedule, file.sampler)
    try MutatedFormat.expect(
      !sampler.request.contains("\n") && sampler.warning?.contains("\n") != true,
      "words of several lines: \(sampler)")
    let schedule = try NoiseSchedule(configuration)
    // Large tables are read like small ones, only more slowly.
    guard schedule.stepCount <= 2000 else { return }
    for method in SamplerMethod.all {
      for spacing in SamplerSpacing.allCases {
        let plan = try SamplerPlan(
          method, spacing: spacing, stepCount: min(3, schedule.stepCount), schedule: schedule)
        let isSound =
          plan.sigmas.allSatisfy { $0.isFinite && $0 >= 0 } && plan.initialScale.isFinite
          && plan.timesteps.allSatisfy { 0...schedule.lastTimestep ~= $0 }
        try MutatedFormat.expect(isSound, "\(method) \(spacing): \(plan) of \(configuration)")
      }
    }
  }

  @Test(arguments: formats) func mutantsNeverTrap(_ format: MutatedFormat) throws {
    try format.run(3000, seed: 31)
  }

  @Test(.enabled(if: SlowTests.areEnabled, "slow; set INSTRUCTCV_SLOW_TESTS"), arguments: formats)
  func manyMutantsNeverTrap(_ format: MutatedFormat) throws { try format.run(200_000, seed: 32) }
}
