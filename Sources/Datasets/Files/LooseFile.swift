import Foundation
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// One of very many small files: complete or absent like an `AtomicFile`, but not flushed to the
/// disk one by one, which would take longer than making them. Whoever writes them marks the whole
/// set complete with an `AtomicFile` afterwards.
enum LooseFile {
  /// Writes what `content` returns to `path` unless a complete PNG file is there already.
  static func writeMissing(_ path: String, _ content: () throws -> [UInt8]) throws {
    if endsLikePNG(path) { return }
    try write(content(), to: path)
  }

  /// Writes `bytes` under a temporary name and renames.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let temporary = "\(path).\(getpid()).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("can't be created", path) }
    var offset = 0
    let complete = bytes.withUnsafeBytes { buffer in
      while offset < buffer.count, let base = buffer.baseAddress {
        let written = Glibc.write(descriptor, base + offset, buffer.count - offset)
        if written < 0, errno == EINTR { continue }
        if written <= 0 { return false }
        offset += written
      }
      return true
    }
    let error = complete ? nil : failure("can't be written", path)
    let closed = close(descriptor) == 0
    if let error {
      unlink(temporary)
      throw error
    }
    guard closed, rename(temporary, path) == 0 else {
      let error = failure("can't be put in place", path)
      unlink(temporary)
      throw error
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

/// Folders for output.
enum OutputFolder {
  /// Makes `path` and what it lies in, if need be.
  static func make(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ReportableError(
        .inputOutput, "can't be made; check its permissions and free space", path: path,
        cause: error)
    }
  }
}
