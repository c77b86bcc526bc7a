import Diffusion
import Foundation
import Models
import Platform
import VisionTasks

/// The small vocabulary of a model that is trained from scratch, learned from its instructions.
enum InstructionVocabulary {
  /// The tokenizer in `folder`; made there first when there is none: copied from the initial
  /// model, or learned from `instructions`.
  static func prepare(
    folder: String, configuration: TrainingConfiguration, instructions: [String]
  ) throws -> CLIPTokenizer {
    if !FileManager.default.fileExists(atPath: folder) {
      try AtomicFolder.write(to: folder) {
        try fill($0, configuration: configuration, instructions: instructions)
      }
    }
    return try CLIPTokenizer(folder: folder)
  }

  private static func fill(
    _ folder: String, configuration: TrainingConfiguration, instructions: [String]
  ) throws {
    let initial = configuration.denoiser.initialModel
    guard initial.isEmpty else {
      let files = try ModelFiles(path: initial)
      guard let source = files.tokenizerFolder else {
        throw files.errors.combined(at: initial)
          ?? ReportableError(.missingInput, "has no tokenizer", path: initial)
      }
      _ = try files.tokenizer()
      return try TokenizerFiles.copy(from: source, to: folder)
    }
    let bytes = BPETrainer.lowercaseASCII
    let mergeCount = configuration.model.textEncoder.vocabulary - 2 * bytes.count - 2
    let vocabulary = BPETrainer(mergeCount: max(0, mergeCount), bytes: bytes)
      .train(on: instructions)
    try vocabulary.write(
      vocabularyPath: folder + "/vocab.json", mergesPath: folder + "/merges.txt")
  }
}
