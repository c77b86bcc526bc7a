import Foundation
import Imaging
import Platform
import VisionTasks

/// One sample of a built set on the disk.
public struct BuiltSample: Sendable, Hashable {
  /// Its folder's name.
  public var folder: String
  /// The words and what they ask for. In sets without `samples.json` the category and colours are
  /// unknown and the task is told from the folder's name.
  public var instruction: Instruction
  /// For classification: whether the category is there; nil where unknown.
  public var isPresent: Bool?
  /// Name of the data set it was made of; empty where unknown.
  public var source: String
  /// The picture's id in that data set; empty where unknown.
  public var picture: String
  /// Where the input is.
  public var inputPath: String
  /// Where the painted target is.
  public var targetPath: String

  /// What is asked.
  public var task: TaskKind { instruction.task }

  /// The input and its target, which have the same size.
  ///
  /// - Throws: ``ReportableError`` naming the file.
  public func load() throws -> (input: Image, target: Image) {
    let input = try PictureFile.read(inputPath, orientation: .stored)
    let target = try PictureFile.read(targetPath, orientation: .stored)
    guard input.width == target.width, input.height == target.height else {
      throw ReportableError(
        .badData,
        "is \(target.width)x\(target.height) pixels, its input \(input.width)x\(input.height); "
          + "build the set again", path: targetPath)
    }
    return (input, target)
  }
}

/// A set in InstructCV's layout, ours or the authors'.
public struct BuiltDataset: Sendable {
  /// The set's folder.
  public let root: String
  /// In the order of the index.
  public let samples: [BuiltSample]

  /// Parts of a set by position.
  public enum Part: String, Sendable, CaseIterable {
    /// The first 90 %.
    case train
    /// The next 5 %.
    case val
    /// The rest.
    case test
    /// Everything.
    case all
  }

  /// Opens the set in `root`: reads its index and checks that every sample's files are there.
  ///
  /// - Throws: ``ReportableError`` naming what is missing or broken.
  public init(root: String) throws {
    self.root = root
    let files = FileManager.default
    guard files.fileExists(atPath: root + "/" + SampleIndex.seedsName) else {
      throw ReportableError(
        .missingInput, "holds no seeds.json; give the folder of a built set, or build one",
        path: root)
    }
    if files.fileExists(atPath: root + "/" + BuildManifest.fileName),
      !files.fileExists(atPath: root + "/" + SampleIndex.recordsName)
    {
      throw ReportableError(
        .badData, "is only half built; run the command that builds it again", path: root)
    }
    if files.fileExists(atPath: root + "/" + SampleIndex.recordsName) {
      samples = try Self.ownSamples(root)
    } else {
      samples = try Self.foreignSamples(root)
    }
  }

  /// A part of the samples by position: 0.9, 0.05 and 0.05 of them, in the order of the index.
  ///
  /// Source: timothybrooks/instruct-pix2pix, `edit_dataset.py`, 0dffd1e (products rounded down).
  public func samples(_ part: Part) -> ArraySlice<BuiltSample> {
    let first = Int((0.9 * Double(samples.count)).rounded(.down))
    let second = Int(((0.9 + 0.05) * Double(samples.count)).rounded(.down))
    switch part {
    case .train: return samples[..<first]
    case .val: return samples[first..<second]
    case .test: return samples[second...]
    case .all: return samples[...]
    }
  }

  private static func ownSamples(_ root: String) throws -> [BuiltSample] {
    let records = try SampleIndex.readRecords(root + "/" + SampleIndex.recordsName)
    return try records.map { record in
      let folder = try ConfinedPath.join(root, record.folder)
      let sample = BuiltSample(
        folder: record.folder, instruction: record.instruction, isPresent: record.isPresent,
        source: record.source, picture: record.picture,
        inputPath: try ConfinedPath.join(folder, record.input),
        targetPath: try ConfinedPath.join(folder, record.target))
      for path in [sample.inputPath, sample.targetPath] {
        guard FileManager.default.fileExists(atPath: path) else {
          throw missing(path)
        }
      }
      return sample
    }
  }

  /// Samples of a set that other programs built: `seeds.json` and folders alone.
  private static func foreignSamples(_ root: String) throws -> [BuiltSample] {
    let entries = try SampleIndex.readSeeds(root + "/" + SampleIndex.seedsName)
    return try entries.flatMap { entry in
      let folder = try ConfinedPath.join(root, entry.folder)
      let text = try prompt(folder + "/prompt.json")
      return try entry.seeds.map { seed in
        let stem = try ConfinedPath.join(folder, seed)
        return BuiltSample(
          folder: entry.folder,
          instruction: Instruction(text: text, task: try task(of: entry.folder, root)),
          isPresent: nil, source: "", picture: "",
          inputPath: try existing(stem + "_0", ["jpg", "png"]),
          targetPath: try existing(stem + "_1", ["png", "jpg"]))
      }
    }
  }

  private static func prompt(_ path: String) throws -> String {
    var cursor = JSONCursor(try InputFile.bytes(at: path, maximumByteCount: 1 << 20))
    do {
      var text: String?
      try cursor.forEachMember { cursor, key in
        if key == "edit" { text = try cursor.string() } else { try cursor.skip() }
      }
      guard let text else { throw cursor.problem("\"edit\" is missing") }
      return text
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// The task that a folder's name in the authors' spelling tells: only classifications say "_pos"
  /// or "_neg"; of other marks the last one counts, since categories may hold anything.
  static func task(of folder: String, _ root: String) throws -> TaskKind {
    if let mark = folder.range(of: "_cls_"),
      ["_pos", "_neg"].contains(where: { folder[mark.lowerBound...].contains($0) })
    {
      return .classification
    }
    let marks: [(text: String, task: TaskKind)] = [
      ("_det", .detection), ("_seg", .segmentation), ("_cls", .classification),
      ("_depes", .depth),
    ]
    let found = marks.compactMap { mark in
      folder.range(of: mark.text, options: .backwards).map { ($0.lowerBound, mark.task) }
    }
    guard let last = found.max(by: { $0.0 < $1.0 }) else {
      throw ReportableError(
        .badData, "lists \"\(folder)\", whose name tells no task (_det, _seg, _cls, _depes)",
        path: root + "/" + SampleIndex.seedsName)
    }
    return last.1
  }

  private static func existing(_ stem: String, _ endings: [String]) throws -> String {
    for ending in endings where FileManager.default.fileExists(atPath: "\(stem).\(ending)") {
      return "\(stem).\(ending)"
    }
    throw missing("\(stem).\(endings[0])")
  }

  private static func missing(_ path: String) -> ReportableError {
    ReportableError(
      .missingInput, "is listed in the index but isn't there; build the set again", path: path)
  }
}
