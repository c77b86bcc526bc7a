import Layers
import Models
import Platform

/// Brings the tensors of one part to the names and shapes that diffusers and transformers give them,
/// whatever the dialect and the age of the file.
///
/// Names that no table knows stay as they are, so that they are reported as unexpected.
enum PartNames {
  /// Before transformers 5 all names of the text encoder started so, and ours do.
  static let textModel = "text_model."

  /// The tensors of `found` within those of its file.
  ///
  /// - Returns: the tensors, and whether the moving averages were taken.
  /// - Throws: ``ReportableError`` (`badData`) without a path: a name twice, averages that are not
  ///   whole.
  static func canonical(
    _ found: FoundPart, in tensors: GatheredTensors, weights: WeightChoice
  ) throws -> (tensors: GatheredTensors, areAverages: Bool) {
    let own = try tensors.renamed { name in
      name.hasPrefix(found.prefix) ? String(name.dropFirst(found.prefix.count)) : nil
    }
    switch (found.part, found.dialect) {
    case (.unet, .compVis):
      let averaged =
        try found.hasOnlyAverages
        ? averagesAlone(found, in: tensors, weights) : averages(found, own, in: tensors, weights)
      let table = NameTable.unet(UNetStructure(compVisNames: (averaged ?? own).allNames))
      return (
        try (averaged ?? own).renamed { table.diffusers(fromCompVis: $0) ?? $0 }, averaged != nil
      )
    case (.unet, .diffusers):
      return (own, false)
    case (.autoencoder, .compVis):
      let table = NameTable.autoencoder(compVisNames: own.allNames)
      return (
        matrices(try own.renamed { isLeftover($0) ? nil : table.diffusers(fromCompVis: $0) ?? $0 }),
        false
      )
    case (.autoencoder, .diffusers):
      return (matrices(try own.renamed(NameTable.currentAutoencoderName)), false)
    case (.textEncoder, _):
      return (try own.renamed(textName), false)
    }
  }

  /// The UNet with its averages in the place of its weights; nil when there are none or they are not
  /// wanted.
  private static func averages(
    _ found: FoundPart, _ own: GatheredTensors, in tensors: GatheredTensors,
    _ weights: WeightChoice
  ) throws -> GatheredTensors? {
    let prefix = found.averagePrefix
    guard weights == .averages, tensors.tensorNames.contains(where: { $0.hasPrefix(prefix) })
    else { return nil }
    let outer = String(prefix.dropLast(AverageNames.prefix.count))
    var result = own
    var missing: [String] = []
    let names = own.allNames.sorted()
    for name in names {
      let average = outer + AverageNames.average(ofCompVis: name)
      if let source = tensors[average] {
        result.replace(name, by: source)
      } else {
        missing.append(average)
      }
    }
    guard missing.isEmpty else {
      throw ReportableError(
        .badData,
        "has moving averages of only \(names.count - missing.count) of the UNet's "
          + "\(names.count) tensors (\(quoted(missing[0])) is missing); fetch it again")
    }
    return result
  }

  /// The UNet of a checkpoint that has nothing of it but its averages, under CompVis' names.
  private static func averagesAlone(
    _ found: FoundPart, in tensors: GatheredTensors, _ weights: WeightChoice
  ) throws -> GatheredTensors {
    guard weights == .averages else {
      throw ReportableError(
        .badData,
        "has of its UNet only the moving averages (\(AverageNames.prefix)*); take them with --weights "
          + WeightChoice.averages.rawValue)
    }
    let prefix = found.averagePrefix
    let averages = try tensors.renamed { name in
      name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }
    let names = AverageNames.compVisNames(ofAverages: averages.allNames)
    let unknown = averages.allNames.filter { names[$0] == nil }.sorted()
    guard unknown.isEmpty else {
      throw ReportableError(
        .badData,
        "has of its UNet only the moving averages, and \(unknown.count) of \(averages.allNames.count) "
          + "have names of no UNet of Stable Diffusion 1 (\(quoted(prefix + unknown[0]))); take a "
          + "checkpoint with the UNet's own weights")
    }
    return try averages.renamed { names[$0] }
  }

  /// What training leaves in an autoencoder's file.
  private static func isLeftover(_ name: String) -> Bool {
    name.hasPrefix("loss.") || name.hasPrefix("model_ema.")
  }

  /// The attention's projections as matrices, whether they were 1x1 convolutions or not.
  private static func matrices(_ tensors: GatheredTensors) -> GatheredTensors {
    tensors.reshaped { name, shape in
      shape.count == 4 && shape[2...] == [1, 1] && NameTable.isPixelProjection(name)
        ? Array(shape[..<2]) : shape
    }
  }

  /// A whole CLIP has more than its text encoder, and older ones keep their positions as a buffer.
  private static func textName(_ name: String) -> String? {
    if name.hasSuffix("embeddings.position_ids") { return nil }
    let others = ["vision_model.", "visual_projection.", "text_projection."]
    if name == "logit_scale" || others.contains(where: name.hasPrefix) { return nil }
    let parts = ["embeddings.", "encoder.", "final_layer_norm."]
    return parts.contains(where: name.hasPrefix) ? textModel + name : name
  }
}
