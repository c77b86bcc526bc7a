import Foundation
import Layers
import Models
import Platform

/// One part of a model whose files are open: its configuration is known and its tensors are found,
/// but no weights are read.
public struct OpenedPart<Configuration: PartConfiguration>: Sendable {
  /// The file, or the index of several, that the weights are in.
  public let path: String
  public var configuration: Configuration
  /// The file that the configuration was read from; nil when it was read off the weights.
  public let configurationPath: String?
  /// The configuration as it was written, which can say more than is read here; nil when it was read
  /// off the weights.
  var configurationText: Data?
  /// Under the names of diffusers and transformers (with `text_model.`).
  public let tensors: GatheredTensors
  public let dialect: FoundPart.Dialect
  /// What the names start with in the file, and where else in it there is such a part.
  public let prefix: String
  public let otherPrefixes: [String]
  /// Whether `tensors` are the moving averages of training.
  public let areAverages: Bool
  public let fit: PartFit

  /// Finds the part in the tensors of `path`.
  ///
  /// - Parameter configuration: what the weights' folder or file says; read off shapes when nil.
  /// - Throws: ``ReportableError`` naming `path`.
  init(
    _ found: FoundPart?, in gathered: GatheredTensors, path: String,
    configuration: StatedConfiguration<Configuration>?, weights: WeightChoice
  ) throws {
    do {
      // Weights of something else are compared with the configuration as they are.
      let found = found ?? FoundPart(part: Configuration.part, dialect: .diffusers, prefix: "")
      let (tensors, areAverages) = try PartNames.canonical(found, in: gathered, weights: weights)
      self.path = path
      self.tensors = tensors
      self.areAverages = areAverages
      dialect = found.dialect
      prefix = found.prefix
      otherPrefixes = found.otherPrefixes
      self.configuration = try configuration?.value ?? Self.configuration(of: tensors)
      configurationPath = configuration?.path
      configurationText = configuration?.text
      fit = try PartFit(tensors, self.configuration)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// Reads the configuration off the weights.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path; what can't be read is the likelier
  ///   reason than what is missing.
  private static func configuration(of tensors: GatheredTensors) throws -> Configuration {
    do {
      return try Configuration(shapesOf: tensors)
    } catch let error as ReportableError {
      guard let (name, reason) = tensors.unreadable.min(by: { $0.key < $1.key }) else {
        throw error
      }
      throw ReportableError(.badData, "tensor \(quoted(name)) \(reason)")
    }
  }

  /// Opens a part's folder: `config.json` and weights beside it.
  init(folder: String, weights: WeightChoice) throws {
    var errors = ErrorCollection()
    let configurationPath = folder + "/config.json"
    let configuration = errors.collect {
      try StatedConfiguration<Configuration>(path: configurationPath)
    }
    let opened = errors.collect {
      try WeightFiles.open(
        folder, standardName: Configuration.part.standardFileName, weights: weights)
    }
    guard let configuration, let opened, errors.errors.isEmpty else {
      throw errors.combined(at: folder)
        ?? ReportableError(.internalFailure, "can't be opened", path: folder)
    }
    let found = FoundPart.all(in: opened.tensors.allNames).first {
      $0.part == Configuration.part
    }
    try self.init(
      found, in: opened.tensors, path: opened.path, configuration: configuration,
      weights: weights)
  }

  /// Opens a part within a file of weights, which may be beside its `config.json`.
  init(
    _ found: FoundPart, inFile path: String, _ gathered: GatheredTensors, weights: WeightChoice
  ) throws {
    let beside = URL(fileURLWithPath: path).deletingLastPathComponent().path + "/config.json"
    var configuration: StatedConfiguration<Configuration>?
    if found.prefix.isEmpty, FileManager.default.fileExists(atPath: beside) {
      // Of another part or program when it can't be read.
      configuration = try? StatedConfiguration(path: beside)
    }
    try self.init(
      found, in: gathered, path: path, configuration: configuration, weights: weights)
  }

  /// Looks at every weight, for a report of all that is wrong.
  func unreadableWeights() -> ErrorCollection {
    var errors = ErrorCollection()
    for name in tensors.tensorNames.sorted() {
      _ = errors.collect(at: path) { try tensors.storedFloats(of: name) }
    }
    let shown = 3
    guard errors.errors.count > shown else { return errors }
    var shortened = ErrorCollection()
    for error in errors.errors.prefix(shown) { shortened.add(error) }
    shortened.add(
      ReportableError(
        .badData, "and so are \(errors.errors.count - shown) tensors more", path: path))
    return shortened
  }
}
