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
  let prefix: String
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

  /// The parts that `names` belong to, at most one of each kind.
  ///
  /// A part may be at any depth: `state_dict.` and the like before its names mean nothing.
  static func all(in names: [String]) -> [FoundPart] {
    var result: [FoundPart] = []
    for mark in marks where !result.contains(where: { $0.part == mark.part }) {
      for markName in mark.names {
        let prefixes = names.compactMap { name -> String? in
          guard name.hasSuffix(markName) else { return nil }
          let prefix = name.dropLast(markName.count)
          return prefix.isEmpty || prefix.hasSuffix(".") ? String(prefix) : nil
        }.map { mark.part == .textEncoder ? withoutTextModel($0) : $0 }
        let chosen = preferredPrefixes(mark.part).lazy.compactMap { preferred in
          prefixes.filter { $0.hasSuffix(preferred) }
            .min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        }.first
        if let chosen {
          result.append(FoundPart(part: mark.part, dialect: mark.dialect, prefix: chosen))
          break
        }
      }
    }
    return result
  }

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
