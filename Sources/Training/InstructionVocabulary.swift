import Foundation
import Models
import Platform
import VisionTasks

/// The small vocabulary of a model that is trained from scratch, learned from its instructions.
enum InstructionVocabulary {
  static func load(folder: String) throws -> CLIPTokenizer {
    try CLIPTokenizer(
      vocabularyPath: folder + "/vocab.json", mergesPath: folder + "/merges.txt")
  }

  /// The tokenizer in `folder`; made there first when there is none: copied from the initial
  /// model, or learned from `instructions`. The merges are written last and tell that both are.
  static func prepare(
    folder: String, configuration: TrainingConfiguration, instructions: [String]
  ) throws -> CLIPTokenizer {
    let files = FileManager.default
    if files.fileExists(atPath: folder + "/merges.txt") { return try load(folder: folder) }
    try OutputFolder.make(folder)
    let initial = configuration.denoiser.initialModel
    if !initial.isEmpty {
      for name in ["vocab.json", "merges.txt"] {
        try AtomicFile.write(
          InputFile.bytes(at: "\(initial)/tokenizer/\(name)", maximumByteCount: 64 << 20),
          to: "\(folder)/\(name)")
      }
      return try load(folder: folder)
    }
    let bytes = BPETrainer.lowercaseASCII
    let mergeCount = configuration.model.textEncoder.vocabulary - 2 * bytes.count - 2
    let vocabulary = BPETrainer(mergeCount: max(0, mergeCount), bytes: bytes)
      .train(on: instructions)
    try vocabulary.write(
      vocabularyPath: folder + "/vocab.json", mergesPath: folder + "/merges.txt")
    return try load(folder: folder)
  }
}
