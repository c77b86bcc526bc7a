import Foundation
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// One of very many small files. They are not flushed to the disk one by one as an `AtomicFile` is,
/// which would take longer than making them; whoever writes them marks the whole set complete with
/// an `AtomicFile` afterwards.
enum LooseFile {
  /// Writes what `content` returns to `path` under a temporary name and renames, unless a complete
  /// PNG file is there already.
  static func writeMissing(_ path: String, _ content: () throws -> [UInt8]) throws {
    if endsLikePNG(path) { return }
    let temporary = "\(path).\(getpid()).partial"
    do {
      try create(content(), at: temporary)
      try rename(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Writes `bytes` to a new file at `path`, or over an old one.
  static func create(_ bytes: [UInt8], at path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("can't be created", path) }
    var offset = 0
    let isComplete = bytes.withUnsafeBytes { buffer in
      while offset < buffer.count, let base = buffer.baseAddress {
        let written = Glibc.write(descriptor, base + offset, buffer.count - offset)
        if written < 0, errno == EINTR { continue }
        if written <= 0 { return false }
        offset += written
      }
      return true
    }
    let error = isComplete ? nil : failure("can't be written", path)
    let isClosed = close(descriptor) == 0
    if let error { throw error }
    guard isClosed else { throw failure("can't be written", path) }
  }

  /// Gives a file or folder its final name.
  static func rename(_ path: String, to final: String) throws {
    guard Glibc.rename(path, final) == 0 else { throw failure("can't be put in place", final) }
  }

  /// Makes `path` another name of the file `original`; false where the file system can't.
  static func link(_ original: String, as path: String) throws -> Bool {
    if Glibc.link(original, path) == 0 { return true }
    switch errno {
    case EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS: return false
    default: throw failure("can't be linked", path)
    }
  }

  /// Whether the file ends with PNG's closing chunk: after a power failure a file that was never
  /// flushed may be there without its content.
  private static func endsLikePNG(_ path: String) -> Bool {
    let closing: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let length = lseek(descriptor, 0, SEEK_END)
    guard length > closing.count else { return false }
    var tail = [UInt8](repeating: 0, count: closing.count)
    let read = pread(descriptor, &tail, tail.count, length - tail.count)
    return read == tail.count && tail == closing
  }

  private static func failure(_ what: String, _ path: String) -> ReportableError {
    ReportableError(
      .inputOutput, "\(what): \(String(cString: strerror(errno))); check the folder and free space",
      path: path)
  }
}
