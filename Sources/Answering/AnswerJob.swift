import Foundation
import Platform
import VisionTasks

/// One of many questions.
public struct AnswerJob: Sendable, Hashable {
  /// What its files are named after; unique among its fellows.
  public var name: String
  /// The picture's path.
  public var image: String
  public var instruction: Instruction
  /// Instead of the common one.
  public var seed: UInt64?

  /// A question about the picture at `image`.
  public init(name: String, image: String, instruction: Instruction, seed: UInt64? = nil) {
    self.name = name
    self.image = image
    self.instruction = instruction
    self.seed = seed
  }

  /// The longest instruction that is taken, in characters. Models read a few dozen words.
  public static let maximumInstructionLength = 2000
  /// The same in bytes of UTF-8: one character may have any number of accents.
  public static let maximumInstructionByteCount = 4 * maximumInstructionLength
  /// The longest name, in bytes of UTF-8. File systems take 255, and endings and temporary names
  /// come on top.
  public static let maximumNameByteCount = 200

  /// What `text` asks, empty and endless texts refused.
  public static func instruction(_ text: String, task: TaskKind?) throws -> Instruction {
    guard text.utf8.count <= maximumInstructionByteCount, text.count <= maximumInstructionLength
    else {
      throw ReportableError(
        .usage,
        "the instruction has \(text.utf8.count) bytes; \(maximumInstructionLength) characters in "
          + "\(maximumInstructionByteCount) bytes are allowed, and models read a few dozen words: "
          + "shorten it")
    }
    return try InstructionParser().instruction(from: text, forcing: task)
  }
}

extension AnswerJob {
  /// One job for each PNG and JPEG file directly in `folder`, by name.
  ///
  /// - Throws: ``ReportableError`` when there is no such folder or no picture in it.
  public static func all(inFolder folder: String, instruction: Instruction) throws -> [AnswerJob] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw ReportableError(
        .missingInput, "is not a folder that can be read; --images takes one with pictures",
        path: folder)
    }
    let pictures = names.filter { name in
      [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) } && !name.hasPrefix(".")
    }.sorted()
    guard !pictures.isEmpty else {
      throw ReportableError(
        .missingInput, "holds no pictures (.png, .jpg, .jpeg)", path: folder)
    }
    // Extensions are kept by all or none: a.png's whole name is what a.png.png has without its own.
    let areStemsUnique = Set(pictures.map(stem)).count == pictures.count
    return pictures.map { name in
      AnswerJob(
        name: areStemsUnique ? stem(name) : name, image: "\(folder)/\(name)",
        instruction: instruction)
    }
  }

  /// Checks that the name leaves room for the endings of its files.
  ///
  /// - Throws: ``ReportableError`` (`badData`) naming the picture.
  public func checkNameLength() throws {
    guard name.utf8.count <= Self.maximumNameByteCount else {
      throw ReportableError(
        .badData,
        "the name of its answers would have \(name.utf8.count) bytes; "
          + "\(Self.maximumNameByteCount) are allowed: choose a shorter one", path: image)
    }
  }

  private static func stem(_ name: String) -> String {
    URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
  }

  /// The jobs of a file with one JSON object a line: `image` (relative to the file), `instruction`,
  /// and optionally `task`, `seed` and `name` (of the files; the line's number and the picture's
  /// name if absent). Empty lines are skipped, and so is a byte order mark.
  ///
  /// - Throws: ``ReportableError`` naming file and line.
  public static func list(_ path: String) throws -> [AnswerJob] {
    let text = try InputFile.text(at: path, maximumByteCount: 256 << 20)
    let mark = "\u{feff}".utf8
    let bytes = text.utf8.dropFirst(text.utf8.starts(with: mark) ? mark.count : 0)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var jobs: [AnswerJob] = []
    var lines: [String: Int] = [:]
    // By bytes: a carriage return with its line feed is one character.
    for (index, line) in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      let number = index + 1
      let line = String(Substring(line)).trimmingCharacters(in: .whitespaces)
        .trimmingCharacters(in: .newlines)
      guard !line.isEmpty else { continue }
      do {
        let job = try AnswerJob(line: line, number: number, folder: folder)
        if let other = lines.updateValue(number, forKey: job.name) {
          throw ReportableError(
            .badData, "the name \(quoted(job.name)) is that of line \(other) already")
        }
        jobs.append(job)
      } catch let error as ReportableError {
        throw ReportableError(
          error.code == .missingInput ? .missingInput : .badData,
          "line \(number): \(error.description)", path: path)
      }
    }
    guard !jobs.isEmpty else { throw ReportableError(.badData, "holds no jobs", path: path) }
    return jobs
  }

  private init(line: String, number: Int, folder: String) throws {
    var texts: [String: String] = [:]
    var seed: UInt64?
    do {
      var scanner = JSONScanner(Array(line.utf8))
      try scanner.object { scanner, key in
        guard texts[key] == nil, key != "seed" || seed == nil else {
          throw scanner.failure("\(quoted(key)) is there twice")
        }
        switch key {
        case "seed": seed = UInt64(try scanner.count())
        case "image", "instruction", "task", "name": texts[key] = try scanner.string()
        default:
          let known = ["image", "instruction", "task", "seed", "name"]
          throw scanner.failure(
            "unknown key \(quoted(key))"
              + (NearestName.of(key, among: known).map { "; did you mean \"\($0)\"?" } ?? ""))
        }
      }
      try scanner.finish()
    } catch let failure as JSONScanner.Failure {
      throw ReportableError(
        .badData,
        "\(failure.message) at byte \(failure.offset); a job is "
          + #"{"image": "a.png", "instruction": "Segment the dog"}"#)
    }
    guard let image = texts["image"], !image.isEmpty, let instruction = texts["instruction"] else {
      throw ReportableError(.badData, #"a job needs "image" and "instruction""#)
    }
    var task: TaskKind?
    if let name = texts["task"] { task = try TaskKind(named: name) }
    self.image = image.hasPrefix("/") ? image : "\(folder)/\(image)"
    self.instruction = try AnswerJob.instruction(instruction, task: task)
    self.seed = seed
    name =
      texts["name"] ?? String(repeating: "0", count: max(0, 5 - String(number).count))
      + "\(number)-\(AnswerJob.stem(image))"
    guard !name.isEmpty, !name.contains("/"), !name.hasPrefix("."), !name.utf8.contains(0)
    else {
      throw ReportableError(
        .badData, "the name \(quoted(name)) can't be that of files; leave out slashes")
    }
    try checkNameLength()
    guard FileManager.default.fileExists(atPath: self.image) else {
      throw ReportableError(.missingInput, "there is no such picture", path: self.image)
    }
  }
}

extension TaskKind {
  /// The task called `name`.
  ///
  /// - Throws: ``ReportableError`` (`usage`) listing the four.
  public init(named name: String) throws {
    guard let task = TaskKind(rawValue: name) else {
      throw ReportableError(
        .usage,
        "unknown task \(quoted(name)); choose one of "
          + TaskKind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = task
  }
}
