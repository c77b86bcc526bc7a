import Layers
import Models

/// Which of the moving averages and the weights themselves of a checkpoint with both are taken.
public enum WeightChoice: String, CaseIterable, Sendable {
  /// The averages where there are any, as the reference does for answering.
  case averages = "ema"
  case raw
}

/// A part of a model within a file or folder of weights, found by the names in it.
public struct FoundPart: Sendable {
  /// The family of names.
  public enum Dialect: String, Sendable {
    case diffusers
    case compVis = "CompVis"
  }

  public let part: ModelPart
  public let dialect: Dialect
  /// What the names of the part's tensors start with, with its dot.
  public let prefix: String
  /// Where else the file has such a part.
  public var otherPrefixes: [String] = []
  /// A UNet of which training's moving averages are there but nothing at ``prefix``.
  var hasOnlyAverages = false
}

extension FoundPart {
  /// Names that tell a part and its dialect, the surest first; a damaged file may lack one.
  private static let marks: [(part: ModelPart, dialect: Dialect, names: [String])] = [
    (.unet, .compVis, ["time_embed.0.weight", "time_embed.2.weight", "input_blocks.0.0.weight"]),
    (
      .unet, .diffusers,
      ["time_embedding.linear_1.weight", "time_embedding.linear_2.weight"]
    ),
    (
      .autoencoder, .compVis,
      ["encoder.mid.block_1.norm1.weight", "decoder.mid.block_1.norm1.weight"]
    ),
    (
      .autoencoder, .diffusers,
      ["encoder.mid_block.resnets.0.norm1.weight", "decoder.mid_block.resnets.0.norm1.weight"]
    ),
    (
      .textEncoder, .diffusers,
      ["embeddings.token_embedding.weight", "embeddings.position_embedding.weight"]
    ),
  ]

  /// Where a part is when several places hold one, ControlNet's copy for instance.
  private static func preferredPrefixes(_ part: ModelPart) -> [String] {
    [part.compVisPrefix] + (part == .unet ? ["diffusion_model."] : []) + [""]
  }

  /// What usual programs put before all names, the likeliest first.
  private static let wrappers = ["", "state_dict.", "module."]

  /// The parts that `names` belong to, at most one of each kind.
  ///
  /// A part may be at any depth: `state_dict.` and the like before its names mean nothing. Of several
  /// the one that usual programs save is taken, else the one of the shortest prefix.
  static func all(in names: [String]) -> [FoundPart] {
    var result: [FoundPart] = []
    for mark in marks where !result.contains(where: { $0.part == mark.part }) {
      for markName in mark.names {
        let prefixes = prefixes(before: markName, in: names)
          .map { mark.part == .textEncoder ? withoutTextModel($0) : $0 }
        let sorted = preferredPrefixes(mark.part).lazy.map { sortedByWrapper(prefixes, of: $0) }
        if let found = sorted.first(where: { !$0.isEmpty }) {
          result.append(
            FoundPart(
              part: mark.part, dialect: mark.dialect, prefix: found[0],
              otherPrefixes: Array(found.dropFirst())))
          break
        }
      }
    }
    if !result.contains(where: { $0.part == .unet }), let averages = averagedUNet(in: names) {
      result.append(averages)
    }
    return result
  }

  private static func averagedUNet(in names: [String]) -> FoundPart? {
    for mark in marks where mark.part == .unet && mark.dialect == .compVis {
      for name in mark.names {
        let prefixes = prefixes(before: AverageNames.average(ofCompVis: name), in: names)
        guard let outer = sortedByWrapper(prefixes, of: "").first else { continue }
        return FoundPart(
          part: .unet, dialect: .compVis, prefix: outer + ModelPart.unet.compVisPrefix,
          hasOnlyAverages: true)
      }
    }
    return nil
  }

  /// What stands before `mark` in those of `names` that end with it, whole pieces only.
  private static func prefixes(before mark: String, in names: [String]) -> [String] {
    names.compactMap { name in
      guard name.hasSuffix(mark) else { return nil }
      let prefix = String(name.dropLast(mark.count))
      return isWhole(prefix) ? prefix : nil
    }
  }

  /// Those of `prefixes` that end with `inner`, each once, by what is before it.
  private static func sortedByWrapper(_ prefixes: [String], of inner: String) -> [String] {
    let outer = Set(
      prefixes.filter { $0.hasSuffix(inner) }.map { String($0.dropLast(inner.count)) })
    func rank(_ wrapper: String) -> (Int, Int, String) {
      (wrappers.firstIndex(of: wrapper) ?? wrappers.count, wrapper.utf8.count, wrapper)
    }
    return outer.filter(isWhole).sorted { rank($0) < rank($1) }.map { $0 + inner }
  }

  private static func isWhole(_ prefix: String) -> Bool { prefix.isEmpty || prefix.hasSuffix(".") }

  private static func withoutTextModel(_ prefix: String) -> String {
    prefix.hasSuffix(PartNames.textModel)
      ? String(prefix.dropLast(PartNames.textModel.count)) : prefix
  }

  /// What the names of the UNet's moving averages start with.
  var averagePrefix: String {
    let wrapper = ModelPart.unet.compVisPrefix
    let outer = prefix.hasSuffix(wrapper) ? String(prefix.dropLast(wrapper.count)) : prefix
    return outer + AverageNames.prefix
  }
}
