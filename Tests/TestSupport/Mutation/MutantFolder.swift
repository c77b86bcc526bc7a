import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A folder for files that are written and read by the hundred thousand; in memory where the system
/// has such a place. It disappears with this object.
public final class MutantFolder: Sendable {
  public let path: String

  public init() throws {
    let parent =
      FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? "/dev/shm" : FileManager.default.temporaryDirectory.path
    path = "\(parent)/instructcv-mutants-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file in place, without the temporary name and the renaming that would cost most of
  /// the time.
  public func write(_ bytes: [UInt8], as name: String) throws {
    guard let file = fopen("\(path)/\(name)", "wb") else { throw POSIXError(.EIO) }
    let count = bytes.withUnsafeBytes { $0.isEmpty ? 0 : fwrite($0.baseAddress, 1, $0.count, file) }
    guard fclose(file) == 0, count == bytes.count else { throw POSIXError(.EIO) }
  }
}
