import Foundation
import Layers
import Platform
import Serialization

/// A model's tensors over several files: `model.safetensors.index.json`,
/// `pytorch_model.bin.index.json` and the like, which say for each tensor the file that has it.
struct ShardIndex {
  /// Shards of one model; real ones have a dozen.
  private static let maximumShardCount = 4096

  /// Opens all shards.
  ///
  /// - Parameter path: of the index; the shards are in its folder or below.
  /// - Throws: ``ReportableError`` that tells everything wrong at once: shards that are missing,
  ///   damaged or outside of the folder, tensors twice, index and shards that disagree.
  static func open(_ path: String) throws -> GatheredTensors {
    let files = try tensorsByFile(path)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var errors = ErrorCollection()
    var result = GatheredTensors()
    for (file, named) in files.sorted(by: { $0.key < $1.key }) {
      let shard = errors.collect {
        try GatheredTensors(TensorFileFormat.openFile(at: ConfinedPath.join(folder, file)))
      }
      guard let shard else { continue }
      let held = Set(shard.tensorNames).union(shard.unreadable.keys)
      let complaints = [
        complaint(named.subtracting(held), "it should have but lacks"),
        complaint(held.subtracting(named), "it has but should not"),
        complaint(Set(result.add(shard)), "another shard has too"),
      ].compactMap { $0 }
      if !complaints.isEmpty {
        errors.add(
          ReportableError(
            .badData,
            "does not agree with \(quoted(URL(fileURLWithPath: path).lastPathComponent)): tensors "
              + "that \(complaints.joined(separator: "; ")); fetch all shards again",
            path: folder + "/" + file))
      }
    }
    if let error = errors.combined(at: path) { throw error }
    return result
  }

  private static func complaint(_ names: Set<String>, _ what: String) -> String? {
    guard let first = names.min() else { return nil }
    return "\(what): \(names.count) (\(quoted(first))\(names.count > 1 ? ", ..." : ""))"
  }

  /// Whether the JSON text at `path` could be an index.
  static func looksLikeIndex(_ path: String) -> Bool {
    guard let text = try? InputFile.text(at: path, maximumByteCount: 64 << 20) else { return false }
    return text.contains("\"weight_map\"")
  }

  private static func tensorsByFile(_ path: String) throws -> [String: Set<String>] {
    var scanner = JSONScanner(try InputFile.bytes(at: path, maximumByteCount: 64 << 20))
    var files: [String: Set<String>]?
    do {
      try scanner.object { scanner, key in
        guard key == "weight_map" else { return try scanner.skipValue() }
        guard files == nil else { throw scanner.failure("\"weight_map\" appears twice") }
        var seen: Set<String> = []
        var map: [String: Set<String>] = [:]
        try scanner.object { scanner, name in
          guard seen.insert(name).inserted else {
            throw scanner.failure("tensor \(quoted(name)) appears twice")
          }
          map[try scanner.string(), default: []].insert(name)
          guard map.count <= maximumShardCount else {
            throw scanner.failure("names more than \(maximumShardCount) files")
          }
        }
        files = map
      }
      try scanner.finish()
    } catch let failure as JSONScanner.Failure {
      throw ReportableError(
        .badData,
        "line \(failure.line): \(failure.message); this is no intact index of shards, fetch it again",
        path: path)
    }
    guard let files, !files.isEmpty else {
      throw ReportableError(
        .badData, "names no shards; fetch it again, or take the folder of another model", path: path
      )
    }
    return files
  }
}
