import Foundation
import Layers
import Platform
import Serialization

/// The file of weights, or the index of several, in a part's folder.
///
/// Of several the first is taken by these rules: no variant (`.fp16.` and the like) before a variant,
/// safetensors before PyTorch's formats, one file before shards. With raw weights wanted, the
/// variant `non_ema` comes before all. Files that are only Git-LFS pointers count as absent while
/// there is another.
struct WeightFiles {
  /// What the reference libraries call weights; others are looked at when there is none of these.
  private static let stems = ["diffusion_pytorch_model", "model", "pytorch_model"]

  private struct Candidate {
    let path: String
    let rank: [Int]
    let name: String
  }

  /// Opens the weights in `folder`.
  ///
  /// - Returns: the path of the file or index, and its tensors.
  /// - Throws: ``ReportableError``: `missingInput` when there are no weights.
  static func open(
    _ folder: String, standardName: String, weights: WeightChoice
  ) throws -> (path: String, tensors: GatheredTensors) {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .filter { !$0.hasPrefix(".") && !isShard($0) }
    let usual = names.filter { name in
      stems.contains { name == $0 || name.hasPrefix($0 + ".") }
    }
    var failure: ReportableError?
    for group in [usual, names.filter { !usual.contains($0) }] {
      var candidates: [Candidate] = []
      for name in group {
        do {
          if let found = try candidate(folder, name, weights) { candidates.append(found) }
        } catch let error as ReportableError {
          if failure == nil, group == usual { failure = error }
        }
      }
      let best = candidates.min {
        $0.rank == $1.rank ? $0.name < $1.name : $0.rank.lexicographicallyPrecedes($1.rank)
      }
      if let best { return (best.path, try open(best.path)) }
      if let failure { throw failure }
    }
    throw ReportableError(
      .missingInput,
      "is missing, and the folder has no other weights (.safetensors, .bin or an index of shards); "
        + "fetch the whole model", path: "\(folder)/\(standardName)")
  }

  /// Opens a file of tensors or an index of several.
  static func open(_ path: String) throws -> GatheredTensors {
    if case .other = try TensorFileFormat(ofFileAt: path), ShardIndex.looksLikeIndex(path) {
      return try ShardIndex.open(path)
    }
    return GatheredTensors(try TensorFileFormat.openFile(at: path))
  }

  /// - Throws: ``ReportableError`` for a file in the place of weights that has none.
  private static func candidate(
    _ folder: String, _ name: String, _ weights: WeightChoice
  ) throws -> Candidate? {
    let path = "\(folder)/\(name)"
    guard (try? InputFile.byteCount(at: path)) != nil else { return nil }
    let pieces = name.split(separator: ".").map(String.init)
    let isUsual = stems.contains(pieces[0])
    let isNamedAsWeights = ["safetensors", "bin"].contains(pieces.last)
    let formatRank: Int
    switch try TensorFileFormat(ofFileAt: path) {
    case .safetensors: formatRank = 0
    case .torchArchive, .torchPickle: formatRank = 2
    case .other(let what):
      if ShardIndex.looksLikeIndex(path) {
        formatRank = name.contains("safetensors") ? 1 : 3
      } else if isUsual, isNamedAsWeights {
        throw ReportableError(.badData, what, path: path)
      } else {
        return nil
      }
    case .unknown:
      // A damaged file under a usual name is told of.
      guard isUsual, isNamedAsWeights else { return nil }
      formatRank = pieces.last == "safetensors" ? 0 : 2
    }
    let known: Set<String> = ["safetensors", "bin", "pt", "pth", "ckpt", "index", "json"]
    let variant = isUsual ? pieces.dropFirst().filter { !known.contains($0) } : []
    let variantRank =
      variant.isEmpty ? 1 : variant == ["non_ema"] ? (weights == .raw ? 0 : 3) : 2
    return Candidate(path: path, rank: [variantRank, formatRank], name: name)
  }

  /// `model-00001-of-00002.safetensors`
  private static func isShard(_ name: String) -> Bool {
    name.contains(/-\d{5}-of-\d{5}/)
  }
}
