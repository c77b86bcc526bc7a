import Foundation
import Imaging
import Platform
import VisionTasks

/// Everything that an answer's picture depends on, kept inside it so that it can be made again.
public struct AnswerRecord: Codable, Hashable, Sendable {
  /// The PNG text's keyword.
  public static let keyword = "instructcv"

  /// The picture that was asked about.
  public struct Input: Codable, Hashable, Sendable {
    /// Absolute.
    public var path: String
    public var width: Int
    public var height: Int
    /// ``ContentDigest/of(_:)``
    public var digest: String

    public init(path: String, picture: Image) {
      self.path = URL(fileURLWithPath: path).standardizedFileURL.path
      width = picture.width
      height = picture.height
      digest = ContentDigest.of(picture)
    }
  }

  /// The model that was asked.
  public struct Model: Codable, Hashable, Sendable {
    /// An embedded model's name or a folder's or file's absolute path.
    public var name: String
    /// The absolute path of the autoencoder that took the place of the model's own, if any.
    public var autoencoder: String?
    /// ``ContentDigest/of(_:)-(ModelFiles)``
    public var digest: String

    public init(name: String, autoencoder: String? = nil, digest: String) {
      self.name = name
      self.autoencoder = autoencoder
      self.digest = digest
    }
  }

  /// Counts changes of this layout.
  public var format = 1
  /// The program's.
  public var version: String
  /// The instruction set of the kernels; results differ between them in the last bits.
  public var kernels: String
  public var input: Input
  public var model: Model
  public var instruction: Instruction
  public var settings: AnswerSettings

  public init(
    version: String, kernels: String, input: Input, model: Model, instruction: Instruction,
    settings: AnswerSettings
  ) {
    self.version = version
    self.kernels = kernels
    self.input = input
    self.model = model
    self.instruction = instruction
    self.settings = settings
  }

  /// One line of JSON; equal records give equal bytes.
  public func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The texts of an answer's PNG file.
  func pictureTexts() throws -> [(keyword: String, text: String)] {
    [("Software", "instructcv \(version)"), (Self.keyword, try text())]
  }

  /// Whether the same answer was asked for, on whatever machine and by whatever version.
  public func asksTheSame(as other: AnswerRecord) -> Bool {
    input == other.input && model.digest == other.model.digest && instruction == other.instruction
      && settings == other.settings
  }

  /// The record in the PNG file at `path`.
  ///
  /// - Throws: ``ReportableError`` when the file has none or it can't be used.
  public static func read(_ path: String) throws -> AnswerRecord {
    let texts = try PNG.readText(path)
    guard let text = texts.first(where: { $0.keyword == keyword })?.text else {
      throw ReportableError(
        .badData, "holds no settings of this program; name an answer that \"instructcv run\" wrote",
        path: path)
    }
    do {
      let record = try JSONDecoder().decode(AnswerRecord.self, from: Data(text.utf8))
      guard record.format == 1 else {
        throw ReportableError(
          .badData, "was written by a newer version (\(quoted(record.version))) of this program")
      }
      try record.settings.validate()
      _ = try InstructionParser().instruction(
        from: record.instruction.text, forcing: record.instruction.task)
      return record
    } catch let error as ReportableError {
      throw ReportableError(
        .badData, "holds settings that can't be used: \(error.description)", path: path)
    } catch {
      throw ReportableError(
        .badData, "holds damaged settings; ask again with --image and --instruction", path: path)
    }
  }
}
