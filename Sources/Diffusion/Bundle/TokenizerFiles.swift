import Foundation
import Platform

/// The files of a CLIP tokenizer, copied as they are.
public enum TokenizerFiles {
  private static let settingsName = "tokenizer_config.json"
  private static let names = [
    "vocab.json", "merges.txt", "tokenizer.json", settingsName,
    "special_tokens_map.json", "added_tokens.json",
  ]

  /// Copies those of `source` that there are.
  public static func copy(from source: String, to target: String) throws {
    for name in names where FileManager.default.fileExists(atPath: "\(source)/\(name)") {
      try AtomicFile.write(bytes(source, name), to: "\(target)/\(name)")
    }
  }

  /// Copies those of `source` that there are, and says how many tokens the model takes where nothing
  /// does: transformers would fill texts up without end.
  static func copy(from source: String, to target: String, positionCount: Int) throws {
    try copy(from: source, to: target)
    let path = "\(target)/\(settingsName)"
    guard !FileManager.default.fileExists(atPath: path) else { return }
    try AtomicFile.write(
      #"{"model_max_length": \#(positionCount), "tokenizer_class": "CLIPTokenizer"}"# + "\n",
      to: path)
  }

  /// Throws when beside a new checkpoint there is another tokenizer, which it would be read with.
  static func checkPlace(beside folder: String, for source: String) throws {
    guard let present = ModelFiles.existingTokenizer(in: folder) else { return }
    for name in names.prefix(3) {
      let isThere = [source, present].map {
        FileManager.default.fileExists(atPath: "\($0)/\(name)")
      }
      guard isThere[0] || isThere[1] else { continue }
      guard isThere[0], isThere[1], try bytes(source, name) == bytes(present, name) else {
        throw ReportableError(
          .usage,
          "is another tokenizer's than the model's, and the checkpoint would be read with it; choose "
            + "an empty folder for --output", path: "\(present)/\(name)")
      }
    }
  }

  /// Makes the folder `tokenizer` beside a checkpoint, unless there is one.
  static func put(beside folder: String, from source: String) throws {
    guard ModelFiles.existingTokenizer(in: folder) == nil else { return }
    try AtomicFolder.write(to: folder + "/tokenizer") { try copy(from: source, to: $0) }
  }

  private static func bytes(_ folder: String, _ name: String) throws -> [UInt8] {
    try InputFile.bytes(at: "\(folder)/\(name)", maximumByteCount: 64 << 20)
  }
}
