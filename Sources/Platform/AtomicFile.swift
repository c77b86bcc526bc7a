import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Whole-file output that is either complete or absent: written beside its destination under a
/// temporary name, flushed to the disk, then renamed.
public enum AtomicFile {
  /// Writes `bytes` to `path`, replacing what is there only once everything is on the disk.
  ///
  /// - Throws: ``ReportableError`` (`inputOutput`) naming `path`; the destination is untouched then.
  public static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    try write(to: path) { try $0.append(bytes) }
  }

  public static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try write($0, to: path) }
  }

  public static func write(_ data: Data, to path: String) throws {
    try data.withUnsafeBytes { try write($0, to: path) }
  }

  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// An open temporary file that becomes the destination when its writer returns.
  public struct Output {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    /// Appends all of `bytes`.
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
      guard let base = bytes.baseAddress else { return }
      var offset = 0
      while offset < bytes.count {
        let written = Glibc.write(descriptor, base + offset, bytes.count - offset)
        if written < 0 {
          if errno == EINTR { continue }
          throw AtomicFile.failure("can't be written", path: path)
        }
        offset += written
      }
    }
  }

  /// Streams a file of any size through `body`; the destination appears only if `body` succeeds.
  public static func write(to path: String, _ body: (Output) throws -> Void) throws {
    let temporary = "\(path).\(getpid()).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("can't be created", path: path) }
    do {
      try body(Output(descriptor: descriptor, path: path))
      guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
        throw failure("can't be flushed to the disk", path: path)
      }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      let error = failure("can't be put in place", path: path)
      unlink(temporary)
      throw error
    }
  }

  private static func failure(_ what: String, path: String) -> ReportableError {
    ReportableError(
      .inputOutput, "\(what): \(String(cString: strerror(errno))); check the folder and free space",
      path: path)
  }
}
