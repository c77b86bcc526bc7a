/// Names of the moving averages that CompVis' training keeps beside the UNet's weights.
///
/// The dots of a name are removed, so they can't be put back by rule; the names are made from those
/// of the UNet.
///
/// Source: CompVis/stable-diffusion, `ldm/modules/ema.py`, `LitEma`.
public enum AverageNames {
  /// What all names start with, in a file whose UNet is at `model.diffusion_model.`.
  public static let prefix = "model_ema.diffusion_model"

  /// The average of the UNet's tensor that CompVis calls `name`, `input_blocks.0.0.weight` say.
  public static func average(ofCompVis name: String) -> String { prefix + withoutDots(name) }

  static func withoutDots(_ name: String) -> String { name.filter { $0 != "." } }
}

extension AverageNames {
  /// Transformer blocks of all attentions of the way down; more are no model's.
  private static let maximumBlockCount = 512

  /// CompVis' names of a UNet of which only the averages were kept.
  ///
  /// All names that a UNet of the blocks that are there can have are made and compared without their
  /// dots.
  ///
  /// - Parameter averages: names without ``prefix``, `input_blocks00weight` and so on.
  /// - Returns: CompVis' names by those; without names that no such UNet has.
  public static func compVisNames(ofAverages averages: [String]) -> [String: String] {
    let known = Set(averages)
    let structure = UNetStructure(averages: known)
    let depth = 1 + (averages.compactMap(transformerBlock).max() ?? 0)
    let layerCount = structure.levels.reduce(0) { $0 + $1.layerCount }
    guard structure.levels.count <= 8, layerCount * depth <= maximumBlockCount else {
      return [:]
    }
    var result: [String: String] = [:]
    for module in NameTable.unet(structure).compVisModules(transformerDepth: depth) {
      for leaf in ["weight", "bias"] {
        let name = "\(module).\(leaf)"
        let average = withoutDots(name)
        if known.contains(average) { result[average] = name }
      }
    }
    return result
  }

  /// The number of the transformer block that a tensor is in.
  private static func transformerBlock(_ average: String) -> Int? {
    guard let list = average.firstRange(of: "transformer_blocks") else { return nil }
    return Int(average[list.upperBound...].prefix { $0.isASCII && $0.isNumber })
      .map { min($0, maximumBlockCount) }
  }
}

extension NameTable {
  /// What is in one transformer block.
  private static let transformerModules =
    ["norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2"]
    + ["attn1", "attn2"].flatMap { attention in
      ["to_q", "to_k", "to_v", "to_out.0"].map { "\(attention).\($0)" }
    }

  /// The paths of all modules that can have a tensor, by CompVis; more than one UNet has, since the
  /// table does not tell which modules are attentions.
  fileprivate func compVisModules(transformerDepth: Int) -> [String] {
    let attention =
      ["norm", "proj_in", "proj_out"]
      + (0..<transformerDepth).flatMap { block in
        Self.transformerModules.map { "transformer_blocks.\(block).\($0)" }
      }
    return modules.flatMap { module in
      let inner = module.inner.map(\.compVis)
      return (inner.isEmpty ? attention : inner).map { "\(module.compVis).\($0)" }
        + (inner.isEmpty ? [module.compVis] : [])
    }
  }
}
