import Foundation
import Models
import Platform

extension ModelFiles {
  /// Opens the parts of a diffusers folder.
  mutating func openFolder(_ weights: WeightChoice, takesAutoencoder: Bool) {
    let path = path
    let files = FileManager.default
    var needed = ["unet", "vae", "text_encoder", "tokenizer", "scheduler"]
    if !takesAutoencoder { needed.removeAll { $0 == ModelPart.autoencoder.rawValue } }
    let missing = needed.filter { !files.fileExists(atPath: "\(path)/\($0)") }
    if !missing.isEmpty {
      errors.add(Self.incomplete(path, missing: missing))
    }
    func folder(_ name: String) -> String? {
      needed.contains(name) && !missing.contains(name) ? "\(path)/\(name)" : nil
    }
    if let folder = folder("unet") {
      unet = errors.collect { try OpenedPart(folder: folder, weights: weights) }
    }
    if let folder = folder("vae") {
      autoencoder = errors.collect { try OpenedPart(folder: folder, weights: weights) }
    }
    if let folder = folder("text_encoder") {
      textEncoder = errors.collect { try OpenedPart(folder: folder, weights: weights) }
    }
    tokenizerFolder = folder("tokenizer")
    if let folder = folder("scheduler") {
      let file = folder + "/scheduler_config.json"
      scheduler = errors.collect { try SchedulerFile(path: file) }
      schedule = scheduler?.schedule
      schedulePath = file
    }
    if let own = errors.collect({ try ModelCard.load(folder: path) }) { card = own }
    hasOwnCard = files.fileExists(atPath: "\(path)/\(ModelCard.fileName)")
  }

  private static func incomplete(_ path: String, missing: [String]) -> ReportableError {
    ReportableError(
      .missingInput,
      "is not a whole model: \(missing.map { $0 + "/" }.joined(separator: ", ")) missing; name a "
        + "folder in the layout of diffusers or a checkpoint with all parts", path: path)
  }

  /// Opens the folder of a single part, with `config.json` and weights in it.
  ///
  /// - Throws: ``ReportableError`` (`missingInput`) when it is no part's.
  mutating func openPartFolder(_ weights: WeightChoice) throws {
    let path = path
    guard FileManager.default.fileExists(atPath: path + "/config.json") else {
      throw Self.incomplete(
        path, missing: ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
    }
    let opened = try WeightFiles.open(
      path, standardName: ModelPart.unet.standardFileName, weights: weights)
    let names = opened.tensors.allNames
    try Self.refuseOtherModels(opened.path, names)
    guard let part = FoundPart.all(in: names).first else { throw Self.noPart(opened.path, names) }
    switch part.part {
    case .unet: unet = errors.collect { try OpenedPart(folder: path, weights: weights) }
    case .autoencoder:
      autoencoder = errors.collect { try OpenedPart(folder: path, weights: weights) }
    case .textEncoder:
      textEncoder = errors.collect { try OpenedPart(folder: path, weights: weights) }
    }
  }

  /// Names of models whose parts are called like those of Stable Diffusion 1 and are others.
  private static let otherModels = [
    ("conditioner.embedders.", "a Stable Diffusion XL checkpoint"),
    ("model.diffusion_model.joint_blocks.", "a Stable Diffusion 3 checkpoint"),
  ]

  /// Names of what has no part that is known.
  private static let otherThings = [
    ("cond_stage_model.model.", "a Stable Diffusion 2 checkpoint"),
    ("lora_", "a LoRA, which changes another model"),
  ]

  /// - Throws: ``ReportableError`` (`badData`) when `names` are those of another kind of model.
  static func refuseOtherModels(_ path: String, _ names: [String]) throws {
    if let other = known(among: otherModels, names) { throw unsupported(path, "is \(other)") }
  }

  static func noPart(_ path: String, _ names: [String]) -> ReportableError {
    known(among: otherThings, names).map { unsupported(path, "is \($0)") }
      ?? ReportableError(
        .badData, "holds weights, but of nothing that is known here; \(remedy)", path: path)
  }

  private static let remedy = "take an InstructPix2Pix or Stable Diffusion 1 model"

  private static func known(
    among others: [(mark: String, kind: String)], _ names: [String]
  ) -> String? {
    others.first { other in names.contains { $0.contains(other.mark) } }?.kind
  }

  private static func unsupported(_ path: String, _ what: String) -> ReportableError {
    ReportableError(.badData, "\(what), which is not supported; \(remedy)", path: path)
  }
}
