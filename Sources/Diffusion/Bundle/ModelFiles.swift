import Foundation
import Layers
import Models
import Platform

/// The layouts in which people keep models; told by content, never by a file's name.
public enum ModelLayout: String, Sendable {
  /// A folder with one folder for each part, as diffusers saves it.
  case folder = "diffusers folder"
  /// One file with all parts under CompVis' names, a `.ckpt` or a safetensors file.
  case checkpoint = "CompVis checkpoint"
  /// A single part, in a file or a folder.
  case part = "single part"
}

/// Everything that a model consists of, found and opened but not read: the configurations, the
/// tensors' names and shapes, the places of the other files.
///
/// Nothing is thrown for what is wrong with a part; that is kept in ``errors`` so that all of it can
/// be told at once, by ``requireWhole(isForEditing:)``.
public struct ModelFiles: Sendable {
  /// What was asked for.
  public let path: String
  public let layout: ModelLayout
  public internal(set) var unet: OpenedPart<UNetConfiguration>?
  public internal(set) var autoencoder: OpenedPart<AutoencoderConfiguration>?
  public internal(set) var textEncoder: OpenedPart<TextEncoderConfiguration>?
  public internal(set) var schedule: ScheduleConfiguration?
  /// The file that ``schedule`` was read from, if any.
  public internal(set) var schedulePath: String?
  /// What ``schedule`` was read from, a file or a checkpoint's note.
  var scheduler: SchedulerFile?
  /// The folder with the tokenizer's files.
  public internal(set) var tokenizerFolder: String?
  public internal(set) var card: ModelCard
  /// Whether ``card`` comes with the model and is not the usual one.
  public internal(set) var hasOwnCard = false
  /// Names in a checkpoint that belong to no part, such as those of an optimizer.
  public internal(set) var leftOut: [String] = []
  /// What is wrong so far.
  public internal(set) var errors = ErrorCollection()

  /// Opens the model at `path`.
  ///
  /// - Parameters:
  ///   - path: a diffusers folder, a checkpoint with CompVis' names, or a single part.
  ///   - autoencoderPath: takes the place of the model's own autoencoder: a file with diffusers' or
  ///     CompVis' names, a part's folder, or another model's.
  ///   - weights: which weights are taken of a checkpoint with moving averages.
  /// - Throws: ``ReportableError`` only when `path` is nothing that could be a model.
  public init(
    path: String, autoencoderPath: String? = nil, weights: WeightChoice = .averages
  ) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ReportableError(.missingInput, "there is no such model", path: path)
    }
    self.path = path
    card = .standard
    card.name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    if !isFolder.boolValue {
      let gathered = try WeightFiles.open(path)
      try Self.refuseOtherModels(path, gathered.allNames)
      let found = FoundPart.all(in: gathered.allNames)
      layout = try Self.layout(of: found, gathered, path)
      openFile(gathered, found, weights, takesAutoencoder: autoencoderPath == nil)
    } else if Self.holdsParts(path) {
      layout = .folder
      openFolder(weights, takesAutoencoder: autoencoderPath == nil)
    } else {
      layout = .part
      try openPartFolder(weights)
    }
    if let autoencoderPath {
      autoencoder = errors.collect { try Self.autoencoder(at: autoencoderPath, weights) }
    }
    checkFits()
    if !hasOwnCard, let sampler = statedSampler {
      card.sampler = sampler.method.name
      card.spacing =
        sampler.spacing == sampler.method.usualSpacing ? nil : sampler.spacing.rawValue
    }
  }

  /// The sampler that the model's scheduler asks for, which is the usual one of a model without a card
  /// of its own; nil when there is no scheduler.
  public var statedSampler: StatedSampler? { scheduler?.sampler }

  private static func holdsParts(_ folder: String) -> Bool {
    let files = FileManager.default
    return ModelPart.allCases.contains { files.fileExists(atPath: "\(folder)/\($0.rawValue)") }
      || files.fileExists(atPath: folder + "/model_index.json")
  }

  /// Adds what is wrong between weights and configurations.
  private mutating func checkFits() {
    func add(_ fit: PartFit?, _ path: String?) {
      if let failure = fit?.failure, let path { errors.add(failure.at(path)) }
    }
    add(unet?.fit, unet?.path)
    add(autoencoder?.fit, autoencoder?.path)
    add(textEncoder?.fit, textEncoder?.path)
  }

  /// An autoencoder by itself: a file with diffusers' or CompVis' names, a part's folder, or that of
  /// a model.
  ///
  /// - Throws: ``ReportableError`` when there is none.
  public static func autoencoder(
    at path: String, _ weights: WeightChoice = .averages
  ) throws -> OpenedPart<AutoencoderConfiguration> {
    let files = try ModelFiles(path: path, weights: weights)
    guard let part = files.autoencoder else {
      throw files.errors.combined(at: path)
        ?? ReportableError(
          .badData, "holds no autoencoder; name its file or its folder with config.json",
          path: path)
    }
    return part
  }
}

extension ModelFiles {
  /// Throws everything that keeps this model from being used as a whole.
  ///
  /// The weights themselves and the tokenizer are looked at only when something is wrong already, so
  /// that they are told of in the same error; else this is quick, and reading them finds what is
  /// wrong with them.
  ///
  /// - Parameter isForEditing: whether the UNet has to take a picture beside the noise.
  /// - Throws: ``ReportableError``: `missingInput` when parts are missing, else `badData`.
  public func requireWhole(isForEditing: Bool) throws {
    guard layout != .part else {
      let part = presentParts.first.map { "only a \($0.noun)" } ?? "no part of a model"
      throw ReportableError(
        .badData,
        "holds \(part); name a diffusers folder or a checkpoint with all parts", path: path)
    }
    var errors = errors
    errors.add(relations(isForEditing: isForEditing))
    guard !errors.errors.isEmpty else { return }
    if let unet { errors.add(unet.unreadableWeights()) }
    if let autoencoder { errors.add(autoencoder.unreadableWeights()) }
    if let textEncoder { errors.add(textEncoder.unreadableWeights()) }
    _ = errors.collect { try tokenizer() }
    if let error = errors.combined(at: path) { throw error }
  }

  /// Reads the tokenizer, which the text encoder must have a row for every token of.
  ///
  /// - Returns: nil when there is none.
  /// - Throws: ``ReportableError`` (`badData`) naming the file, or the folder when the two don't fit.
  public func tokenizer() throws -> CLIPTokenizer? {
    guard let tokenizerFolder else { return nil }
    let tokenizer = try CLIPTokenizer(folder: tokenizerFolder)
    do {
      if let textEncoder { try tokenizer.check(fits: textEncoder.configuration) }
    } catch let error as ReportableError {
      throw error.at(tokenizerFolder)
    }
    return tokenizer
  }

  /// The parts that are there.
  public var presentParts: [ModelPart] {
    [
      unet.map { _ in ModelPart.unet }, autoencoder.map { _ in .autoencoder },
      textEncoder.map { _ in .textEncoder },
    ].compactMap { $0 }
  }

  /// What is wrong between the parts.
  public func relations(isForEditing: Bool) -> ErrorCollection {
    var errors = ErrorCollection()
    func check(_ condition: Bool, _ message: String) {
      if !condition { errors.add(ReportableError(.badData, message)) }
    }
    if let unet = unet?.configuration, let text = textEncoder?.configuration {
      check(
        unet.contextWidth == text.width,
        "the UNet reads texts of width \(unet.contextWidth), but the text encoder writes "
          + "\(text.width); they belong to different models")
    }
    if let unet = unet?.configuration, let latents = autoencoder?.configuration.latentChannels {
      check(
        unet.outputChannels == latents,
        "the UNet answers with \(unet.outputChannels) channels, but the autoencoder's latents have "
          + "\(latents); they belong to different models")
      check(
        !isForEditing || unet.inputChannels == 2 * latents,
        "the UNet has \(unet.inputChannels) input channels where \(2 * latents) are needed "
          + "(\(latents) noisy ones and \(latents) of the picture); a text-to-image model has to be "
          + "widened (instructcv model widen) and trained first")
    }
    return errors
  }
}

extension ModelFiles {
  /// Whether everything but the tokenizer is in one file.
  public var isSingleFile: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  /// The files that weights and configurations are read from, shards included.
  public var openedPaths: Set<String> {
    var paths: Set<String> = []
    func add<C>(_ part: OpenedPart<C>?) {
      guard let part else { return }
      paths.insert(part.path)
      paths.formUnion(part.tensors.paths)
      if let path = part.configurationPath { paths.insert(path) }
    }
    add(unet)
    add(autoencoder)
    add(textEncoder)
    if let schedulePath { paths.insert(schedulePath) }
    return paths
  }
}
