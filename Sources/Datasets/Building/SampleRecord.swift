import Imaging
import Platform
import VisionTasks

/// What `samples.json` says of one sample: everything that training and evaluation need and that
/// folder names can't tell safely.
public struct SampleRecord: Sendable, Hashable, Encodable {
  /// The sample's folder below the root; also the stem of its pictures.
  public var folder: String
  /// ``PictureSource/name``.
  public var source: String
  /// ``PictureSource/pictureID(at:)``; empty when unknown.
  public var picture: String
  /// The words and what they ask for.
  public var instruction: Instruction
  /// For classification: whether the category is there.
  public var isPresent: Bool?
  /// File name of the input in the folder.
  public var input: String
  /// File name of the target in the folder.
  public var target: String

  private enum CodingKeys: String, CodingKey {
    case folder, source, picture, instruction, input, target
    case isPresent = "present"
  }
}

/// `samples.json` and `seeds.json` of a built set.
enum SampleIndex {
  static let recordsName = "samples.json"
  static let seedsName = "seeds.json"
  /// A million samples take about 350 MB.
  static let maximumByteCount = 4 << 30

  /// Writes both files, one sample a line.
  static func write(_ records: [SampleRecord], to root: String) throws {
    var lines: [String] = []
    lines.reserveCapacity(records.count)
    for record in records {
      lines.append(String(decoding: try AnnotationJSON.encode(record), as: UTF8.self))
    }
    try AtomicFile.write(
      "[\n" + lines.joined(separator: ",\n") + "\n]\n", to: root + "/" + recordsName)
    let seeds = try records.map { record in
      let name = String(decoding: try AnnotationJSON.encode(record.folder), as: UTF8.self)
      return "[\(name), [\(name)]]"
    }
    try AtomicFile.write(
      "[" + seeds.joined(separator: ", ") + "]\n", to: root + "/" + seedsName)
  }

  /// The folder names in `seeds.json`: pairs of a name and its seeds, each seed a sample.
  static func readSeeds(_ path: String) throws -> [(folder: String, seeds: [String])] {
    try parse(path) { cursor in
      var entries: [(folder: String, seeds: [String])] = []
      try cursor.forEachElement { cursor, index in
        var folder: String?
        var seeds: [String] = []
        try cursor.forEachElement { cursor, part in
          switch part {
          case 0: folder = try cursor.string()
          case 1:
            // InstructPix2Pix writes numbers here.
            try cursor.forEachElement { cursor, _ in
              seeds.append(
                try cursor.kind() == .string
                  ? try cursor.string() : String(try cursor.integer()))
            }
          default: try cursor.skip()
          }
        }
        guard let folder, !seeds.isEmpty else {
          throw cursor.problem("entry \(index) (from 0) names no folder and seed")
        }
        entries.append((folder, seeds))
      }
      return entries
    }
  }

  static func readRecords(_ path: String) throws -> [SampleRecord] {
    try parse(path) { cursor in
      var records: [SampleRecord] = []
      try cursor.forEachElement { cursor, index in
        do {
          records.append(try record(&cursor))
        } catch let error as ReportableError {
          throw ReportableError(error.code, "sample \(index) (from 0): \(error.message)")
        }
      }
      return records
    }
  }

  private static func parse<Value>(
    _ path: String, _ body: (inout JSONCursor) throws -> Value
  ) throws -> Value {
    var cursor = JSONCursor(
      try InputFile.bytes(at: path, maximumByteCount: maximumByteCount))
    do {
      let value = try body(&cursor)
      try cursor.finish()
      return value
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  private static func record(_ cursor: inout JSONCursor) throws -> SampleRecord {
    var fields: [String: String] = [:]
    var isPresent: Bool?
    var instruction: Instruction?
    try cursor.forEachMember { cursor, key in
      switch key {
      case "folder", "source", "picture", "input", "target": fields[key] = try cursor.string()
      case "present": isPresent = cursor.takeNull() ? nil : try cursor.boolean()
      case "instruction": instruction = try self.instruction(&cursor)
      default: try cursor.skip()
      }
    }
    guard let folder = fields["folder"], let input = fields["input"],
      let target = fields["target"], let instruction
    else { throw cursor.problem("a folder, input, target or instruction is missing") }
    return SampleRecord(
      folder: folder, source: fields["source"] ?? "", picture: fields["picture"] ?? "",
      instruction: instruction, isPresent: isPresent, input: input, target: target)
  }

  private static func instruction(_ cursor: inout JSONCursor) throws -> Instruction {
    var (text, task, category): (String?, TaskKind?, String?)
    var colors: VerdictColors?
    try cursor.forEachMember { cursor, key in
      switch key {
      case "text": text = try cursor.string()
      case "task":
        let name = try cursor.string()
        task = TaskKind(rawValue: name)
        if task == nil { throw cursor.problem("the unknown task \"\(name)\" stands before") }
      case "category": category = cursor.takeNull() ? nil : try cursor.string()
      case "colors":
        if !cursor.takeNull() { colors = try self.colors(&cursor) }
      default: try cursor.skip()
      }
    }
    guard let text, let task else {
      throw cursor.problem("an instruction's text or task is missing")
    }
    return Instruction(text: text, task: task, category: category, colors: colors)
  }

  private static func colors(_ cursor: inout JSONCursor) throws -> VerdictColors {
    var named: [String: NamedColor] = [:]
    try cursor.forEachMember { cursor, key in
      let name = try cursor.string()
      guard let color = NamedColor(name) else {
        throw cursor.problem("the unknown colour \"\(name)\" stands before")
      }
      named[key] = color
    }
    guard let positive = named["positive"], let negative = named["negative"],
      positive.color != negative.color
    else { throw cursor.problem("two different colours are missing") }
    return VerdictColors(positive: positive, negative: negative)
  }
}
