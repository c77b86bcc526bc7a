import Foundation
import Imaging
import Platform
import VisionTasks

#if canImport(Glibc)
  import Glibc
#endif

/// Where the parts of one answer are written; every file appears complete or not at all.
public struct AnswerFiles: Sendable, Hashable {
  /// The painted answer, PNG, with its record inside.
  public var answer: String
  public var json: String?
  public var overlay: String?
  /// White on black PNG.
  public var mask: String?
  /// 16-bit PNG, millimetres.
  public var depthPNG: String?
  /// Float32 NumPy array, metres.
  public var depthNumpy: String?
  /// Set when nobody chose the answer's name: it takes the first free number, and ``answer`` is
  /// only what that would be now.
  private var freeStem: String?

  /// An answer in the file `answer`, and nothing else.
  public init(answer: String) { self.answer = answer }

  /// An answer called `<stem>.png`, numbered when that is taken.
  public init(freeStem: String) {
    self.freeStem = freeStem
    answer = NumberedFile.freePath(stem: freeStem)
  }

  /// All files that belong to `name` in `folder`, those that `task` has.
  public init(all name: String, in folder: String, for task: TaskKind) {
    let base = "\(folder)/\(name)"
    answer = base + "-answer.png"
    json = base + ".json"
    overlay = base + "-overlay.png"
    switch task {
    case .segmentation: mask = base + "-mask.png"
    case .depth: (depthPNG, depthNumpy) = (base + "-depth.png", base + "-depth.npy")
    case .detection, .classification: break
    }
  }

  /// How the names of ``init(all:in:for:)`` end, of whatever task.
  static let endings = [
    "-answer.png", ".json", "-overlay.png", "-mask.png", "-depth.png", "-depth.npy",
  ]

  /// By kind; the JSON itself is not listed.
  public var byKind: [String: String] {
    [
      "answer": answer, "overlay": overlay, "mask": mask, "depth_png": depthPNG,
      "depth_npy": depthNumpy,
    ].compactMapValues { $0 }
  }

  /// Every path, options as they are called on the command line.
  private var all: [(option: String, path: String, extensions: [String])] {
    [
      ("--output", answer, ["png"]), ("--json", json, []), ("--overlay", overlay, ["png"]),
      ("--mask", mask, ["png"]), ("--depth", depthPNG, ["png"]), ("--depth", depthNumpy, ["npy"]),
    ].compactMap { option, path, extensions in path.map { (option, $0, extensions) } }
  }

  /// Every path.
  var paths: [String] { all.map(\.path) }

  /// Checks, before any work is done, that every file can be written, none is named twice, and none
  /// would replace one of `inputs`.
  ///
  /// - Throws: ``ReportableError``: `usage` for names that make no sense, `inputOutput` for folders
  ///   that can't be written to.
  public func check(against inputs: [String], task: TaskKind) throws {
    if mask != nil, task != .segmentation {
      throw ReportableError(.usage, "--mask needs a segmentation, but this is a \(task.rawValue)")
    }
    if depthPNG != nil || depthNumpy != nil, task != .depth {
      throw ReportableError(
        .usage, "--depth needs a depth estimation, but this is a \(task.rawValue)")
    }
    var seen: [String: String] = [:]
    let identities = Set(inputs.compactMap { FileIdentity($0) })
    for (option, path, extensions) in all {
      let url = URL(fileURLWithPath: path).standardizedFileURL
      if let first = extensions.first, !extensions.contains(url.pathExtension.lowercased()) {
        throw ReportableError(
          .usage, "\(option) is written without loss; give it a name that ends in .\(first)",
          path: path)
      }
      // File systems take 255 bytes; temporary names and numbers come on top.
      guard url.lastPathComponent.utf8.count <= 220 else {
        throw ReportableError(
          .usage,
          "\(option) has a name of \(url.lastPathComponent.utf8.count) bytes; 220 are allowed, "
            + "so choose a shorter one", path: path)
      }
      if let other = seen.updateValue(option, forKey: url.path) {
        throw ReportableError(
          .usage, "is named by \(other) and by \(option); give each its own file", path: path)
      }
      if let identity = FileIdentity(path), identities.contains(identity) {
        throw ReportableError(
          .usage, "\(option) would replace an input; choose another name", path: path)
      }
      try Self.checkWritable(path)
    }
  }

  /// - Throws: ``ReportableError`` when no file can be made at `path`.
  public static func checkWritable(_ path: String) throws {
    try checkReplaceable(path)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileIdentity(folder) != nil else {
      throw ReportableError(
        .inputOutput, "can't be written: there is no such folder; create it first", path: folder)
    }
    let probe = "\(folder)/.instructcv.\(getpid()).probe"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw ReportableError(
        .inputOutput,
        "can't be written to: \(String(cString: strerror(errno))); choose another folder",
        path: folder)
    }
    close(descriptor)
    unlink(probe)
  }

  /// - Throws: ``ReportableError`` when there is something at `path` that a file must not replace.
  static func checkReplaceable(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    throw ReportableError(
      .inputOutput,
      status.st_mode & S_IFMT == S_IFDIR
        ? "is a folder; name a file in it" : "is no regular file and would be replaced by one",
      path: path)
  }

  /// Writes everything: the answer first, so that it tells whose the others are, and the JSON last,
  /// so that it tells that they are there.
  ///
  /// - Parameter painted: the answer at the size of `picture`.
  /// - Returns: the files with the name that the answer got.
  @discardableResult public func write(
    _ painted: Image, answer: TaskAnswer, record: AnswerRecord, picture: Image
  ) throws -> AnswerFiles {
    // An earlier JSON would say that everything is there while half of it is older.
    if let json, unlink(json) != 0, errno != ENOENT {
      throw ReportableError(
        .inputOutput, "can't be replaced: \(String(cString: strerror(errno)))", path: json)
    }
    var files = self
    let texts = try record.pictureTexts()
    if let freeStem {
      files.answer = try NumberedFile.write(stem: freeStem) {
        try PNG.write(painted, to: $0, text: texts)
      }
    } else {
      try PNG.write(painted, to: self.answer, text: texts)
    }
    switch answer {
    case .segmentation(let answer):
      if let mask {
        try PNG.write(answer.mask.map { $0 ? UInt8(255) : 0 }, to: mask)
      }
    case .depth(let answer):
      if let depthPNG {
        try PNG.write(
          answer.metres.map { UInt16(min(max($0 * 1000, 0), 65_535).rounded()) }, to: depthPNG)
      }
      if let depthNumpy { try NumpyFile.write(answer.metres, to: depthNumpy) }
    case .detection, .classification: break
    }
    if let overlay {
      try PNG.write(
        AnswerOverlay.picture(of: answer, to: record.instruction, on: picture), to: overlay,
        effort: .fast)
    }
    if let json {
      let report = AnswerReport(record: record, answer: answer, files: files.byKind)
      try AtomicFile.write(report.text(pretty: true) + "\n", to: json)
    }
    return files
  }

  /// Whether these files hold the answer that `record` asks for, complete.
  public func hold(_ record: AnswerRecord) -> Bool {
    guard json.map({ FileManager.default.fileExists(atPath: $0) }) ?? true,
      byKind.values.allSatisfy({ FileManager.default.fileExists(atPath: $0) }),
      let stored = try? AnswerRecord.read(answer)
    else { return false }
    return stored.asksTheSame(as: record)
  }
}
