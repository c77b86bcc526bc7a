import Foundation
import Platform

/// What a model's `config.json` says, reduced to what this program builds from it.
///
/// Decoding throws ``ReportableError`` (`badData`) for a model of these classes that uses a feature
/// which is not built here, naming the feature, rather than building something else.
public protocol ModelConfiguration: Codable, Hashable, Sendable {
  /// The class that the reference libraries build from this file.
  static var className: String { get }
  /// Throws unless the numbers fit together.
  func validate() throws
}

extension ModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Throws: ``ReportableError`` (`badData`).
  public init(json: Data) throws {
    self = try StrictJSON.decode(
      Self.self, from: json, as: "a configuration of \(Self.className)", remedy: "fetch it again")
    try validate()
  }

  /// Reads the `config.json` at `path`.
  ///
  /// - Throws: ``ReportableError`` naming `path`.
  public init(path: String) throws {
    do {
      try self.init(json: Data(try InputFile.bytes(at: path, maximumByteCount: 4 << 20)))
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// The text of a `config.json` that the reference libraries read as the same model.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  package static func unsupported(_ what: String) -> ReportableError {
    ReportableError(
      .badData,
      "\(className) with \(what) is not supported; take a model of Stable Diffusion 1's kind")
  }

  /// Throws unless `condition` holds.
  package static func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else {
      throw ReportableError(
        .badData, "impossible \(className) configuration: \(what()); correct that entry")
    }
  }

  /// Largest channel count accepted from a file: far above any model of these classes, low enough
  /// that no size computed from it overflows.
  static var maximumWidth: Int { 65_536 }

  package static func check(width: Int, _ name: String) throws {
    try check(1...maximumWidth ~= width, "\(name) is \(width), not 1...\(maximumWidth)")
  }
}
