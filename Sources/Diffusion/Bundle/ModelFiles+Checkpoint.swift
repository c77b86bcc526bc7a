import Foundation
import Layers
import Models
import Platform
import Serialization

extension ModelFiles {
  /// - Throws: ``ReportableError`` (`badData`) when the file holds no part of a model.
  static func layout(
    of found: [FoundPart], _ gathered: GatheredTensors, _ path: String
  ) throws -> ModelLayout {
    guard let first = found.first else { throw noPart(path, gathered.tensorNames) }
    // A lone part is known by its bare name; a checkpoint can have lost the others.
    let isWhole = found.count > 1 || first.prefix.hasSuffix(first.part.compVisPrefix)
    return isWhole ? .checkpoint : .part
  }

  /// Opens the parts within one file, or a file's worth of shards.
  mutating func openFile(
    _ gathered: GatheredTensors, _ found: [FoundPart], _ weights: WeightChoice,
    takesAutoencoder: Bool
  ) {
    let path = path
    let notes = layout == .checkpoint ? CheckpointNotes(of: gathered, errors: &errors) : nil
    func open<Configuration: PartConfiguration>(
      _ stated: StatedConfiguration<Configuration>?
    ) -> OpenedPart<Configuration>? {
      guard let part = found.first(where: { $0.part == Configuration.part }) else {
        if layout == .checkpoint { errors.add(lacking(Configuration.part, gathered)) }
        return nil
      }
      return errors.collect {
        guard let stated else {
          return try OpenedPart(part, inFile: path, gathered, weights: weights)
        }
        return try OpenedPart(
          part, in: gathered, path: path, configuration: stated, weights: weights)
      }
    }
    unet = open(notes?.unet)
    if takesAutoencoder || layout == .part { autoencoder = open(notes?.autoencoder) }
    textEncoder = open(notes?.textEncoder)
    let averages = found.filter { $0.part == .unet && unet?.areAverages == true }
    let prefixes = found.map(\.prefix) + averages.map(\.averagePrefix)
    leftOut = gathered.allNames.filter { name in
      !prefixes.contains { name.hasPrefix($0) }
    }.sorted()
    guard layout == .checkpoint else { return }
    scheduler = notes?.scheduler
    schedule = scheduler?.schedule ?? .stableDiffusion
    if let own = notes?.card {
      card = own
      hasOwnCard = true
    }
    tokenizerFolder = errors.collect { try Self.tokenizerFolder(besideFile: path) }
  }

  private func lacking(_ part: ModelPart, _ gathered: GatheredTensors) -> ReportableError {
    let isOther = gathered.tensorNames.contains { $0.contains("cond_stage_model.model.") }
    let remedy =
      switch part {
      case .textEncoder where isOther:
        "has a text encoder of Stable Diffusion 2, which is not supported; take a model of version 1"
      case .autoencoder: "has no autoencoder (\(part.compVisPrefix)*); name one with --vae"
      default: "has no \(part.noun) (\(part.compVisPrefix)*); take the whole checkpoint"
      }
    return ReportableError(.badData, remedy, path: path)
  }

  /// Where the tokenizer of a checkpoint is: beside it, or in a folder `tokenizer` beside it.
  ///
  /// - Throws: ``ReportableError`` (`missingInput`) that says what to put there.
  static func tokenizerFolder(besideFile path: String) throws -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if let found = existingTokenizer(in: folder) { return found }
    throw ReportableError(
      .missingInput,
      "a checkpoint has no tokenizer in it and there is none beside it; put the tokenizer folder of "
        + "Stable Diffusion 1 (vocab.json and merges.txt, or tokenizer.json) there",
      path: folder + "/tokenizer")
  }

  /// The folder with the tokenizer's files, `folder` itself or `tokenizer` in it.
  static func existingTokenizer(in folder: String) -> String? {
    [folder, folder + "/tokenizer"].first { place in
      ["vocab.json", "tokenizer.json"].contains {
        FileManager.default.fileExists(atPath: "\(place)/\($0)")
      }
    }
  }
}

/// What this program writes into the header of a checkpoint, so that models of other numbers than
/// Stable Diffusion's survive in a layout without configurations.
struct CheckpointNotes {
  static let unetKey = "instructcv.unet"
  static let autoencoderKey = "instructcv.vae"
  static let textEncoderKey = "instructcv.text_encoder"
  static let scheduleKey = "instructcv.scheduler"
  static let cardKey = "instructcv.card"

  var unet: StatedConfiguration<UNetConfiguration>?
  var autoencoder: StatedConfiguration<AutoencoderConfiguration>?
  var textEncoder: StatedConfiguration<TextEncoderConfiguration>?
  var scheduler: SchedulerFile?
  var card: ModelCard?

  /// Reads the notes of the file that `tensors` are in; there are none in other programs' files.
  init(of tensors: GatheredTensors, errors: inout ErrorCollection) {
    guard let name = tensors.tensorNames.first,
      let file = tensors[name]?.file as? SafetensorsFile
    else { return }
    func note<R>(_ key: String, _ read: (Data) throws -> R) -> R? {
      guard let text = file.metadata[key] else { return nil }
      return errors.collect(at: file.path) {
        do {
          return try read(Data(text.utf8))
        } catch {
          throw ReportableError(
            .badData, "has a note \(quoted(key)) that can't be used", cause: error)
        }
      }
    }
    unet = note(Self.unetKey) { try StatedConfiguration(json: $0) }
    autoencoder = note(Self.autoencoderKey) { try StatedConfiguration(json: $0) }
    textEncoder = note(Self.textEncoderKey) { try StatedConfiguration(json: $0) }
    scheduler = note(Self.scheduleKey) { try SchedulerFile(json: $0) }
    card = note(Self.cardKey) { try ModelCard(json: $0) }
  }
}
