import Foundation
import Platform
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// The output folder of one run, held by one process at a time:
///
/// ```
/// config.yaml      everything resolved
/// run.json         what tells the run's configuration and data from others
/// metrics.jsonl    loss-<stage>.png  samples/
/// checkpoints/<stage>/step-<number>/
/// autoencoder/     tokenizer/  cache/   made between the stages
/// model/           the result
/// ```
///
/// Every file appears under a temporary name that ends in `.partial` and is renamed when it is
/// whole, so a run that was killed leaves nothing half-written under a final name.
final class RunFolder {
  let path: String
  /// Whether a run was there that goes on.
  private(set) var isContinuing = false
  /// The arithmetic of the last process that worked on it, where this one's is another.
  private(set) var formerArithmetic: String?
  private let lock: Int32

  /// What a run makes besides its two descriptions.
  private static let products = [
    "metrics.jsonl", "samples", "checkpoints", "cache", "autoencoder", "tokenizer", "model",
  ]

  private struct Identity: Codable {
    var fingerprint: String
    var exampleCount: Int
    /// Absent in the first runs.
    var arithmetic: String?
  }

  /// Claims the folder, making it if need be.
  ///
  /// - Throws: ``ReportableError`` when another process holds it, when it holds a run and `resume`
  ///   is not set, or when it holds a run of another configuration or data set.
  init(
    _ path: String, resume: Bool, configuration: TrainingConfiguration, fingerprint: String,
    exampleCount: Int
  ) throws {
    self.path = path
    try OutputFolder.make(path)
    lock = try Self.locked(path)
    let hasConfiguration = FileManager.default.fileExists(atPath: path + "/config.yaml")
    let holdsWork = Self.products.contains { Self.hasContent("\(path)/\($0)") }
    if !resume, holdsWork {
      throw ReportableError(
        .usage, "holds a run already; go on with --resume or choose another --output", path: path)
    }
    if holdsWork {
      guard hasConfiguration, holds("run.json") else {
        throw ReportableError(
          .badData,
          "lacks \(hasConfiguration ? "run.json" : "config.yaml"), which every run writes first, "
            + "so it can't be resumed; choose another --output", path: path)
      }
      try compare(configuration, fingerprint: fingerprint, exampleCount: exampleCount)
      try removeLeftovers()
      isContinuing = true
    }
    for folder in ["samples", "checkpoints", "cache"] { try OutputFolder.make(self[folder]) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let identity = Identity(
      fingerprint: fingerprint, exampleCount: exampleCount, arithmetic: Arithmetic.name)
    // The configuration comes last: where it is, the identity is, too.
    try AtomicFile.write(encoder.encode(identity), to: self["run.json"])
    try AtomicFile.write(StrictYAML.encode(configuration), to: self["config.yaml"])
  }

  deinit { close(lock) }

  /// The path of something in the folder.
  subscript(name: String) -> String { "\(path)/\(name)" }

  func holds(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }

  private static func locked(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ReportableError(
        .inputOutput, "can't be opened: \(String(cString: strerror(errno)))", path: path)
    }
    // File systems without locks are used without one.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw ReportableError(
        .usage, "is in use by another run; wait for it or choose another --output", path: path)
    }
    return descriptor
  }

  /// Whether `path` is a file that isn't empty or a folder with any file in it.
  private static func hasContent(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFDIR else { return status.st_size > 0 }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.contains { name in
      var status = stat()
      guard stat("\(path)/\(name)", &status) == 0 else { return true }
      return status.st_mode & S_IFMT != S_IFDIR || hasContent("\(path)/\(name)")
    }
  }

  private func compare(
    _ configuration: TrainingConfiguration, fingerprint: String, exampleCount: Int
  ) throws {
    let file = self["config.yaml"]
    let earlier = try InputFile.text(at: file, maximumByteCount: 1 << 20)
    if let differences = try configuration.differences(from: earlier, path: file) {
      throw ReportableError(
        .badData,
        "was started with another configuration: \(differences); resume with the one it "
          + "was started with or choose another --output", path: path)
    }
    let identity: Identity
    do {
      identity = try JSONDecoder().decode(
        Identity.self,
        from: Data(InputFile.bytes(at: self["run.json"], maximumByteCount: 1 << 20)))
    } catch let error as DecodingError {
      throw ReportableError(
        .badData, "is damaged; choose another --output", path: self["run.json"], cause: error)
    }
    if let arithmetic = identity.arithmetic, arithmetic != Arithmetic.name {
      formerArithmetic = arithmetic
    }
    guard identity.fingerprint == fingerprint else {
      throw ReportableError(
        .badData,
        "was started on another data set (\(identity.exampleCount) examples; "
          + "\(configuration.data.root) has \(exampleCount) now, or other ones); build it as it was "
          + "or choose another --output", path: path)
    }
  }

  /// Removes what a killed process was writing.
  private func removeLeftovers() throws {
    let own = Self.products + ["config.yaml", "run.json", "loss-"]
    guard let content = FileManager.default.enumerator(atPath: path) else { return }
    let leftovers = content.compactMap { $0 as? String }.filter { name in
      name.hasSuffix(".partial") && own.contains { name.hasPrefix($0) }
    }
    for name in leftovers { try? FileManager.default.removeItem(atPath: self[name]) }
  }
}
