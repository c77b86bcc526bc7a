import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Reading of whole input files, with a limit known before anything is allocated.
public enum InputFile {
  /// The bytes of the regular file at `path`.
  ///
  /// - Parameter maximumByteCount: larger files are refused before they are read.
  /// - Throws: ``ReportableError`` (`missingInput`, `badData`) naming `path`; also for a pointer that
  ///   Git LFS left in the place of the file.
  public static func bytes(at path: String, maximumByteCount: Int) throws -> [UInt8] {
    let byteCount = try byteCount(at: path)
    guard byteCount <= maximumByteCount else {
      throw ReportableError(
        .badData, "\(byteCount) bytes is more than the limit of \(maximumByteCount)", path: path)
    }
    guard let file = fopen(path, "rb") else {
      throw ReportableError(
        .missingInput, "can't be opened: \(String(cString: strerror(errno)))", path: path)
    }
    defer { fclose(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      count = byteCount == 0 ? 0 : fread(buffer.baseAddress, 1, byteCount, file)
    }
    guard bytes.count == byteCount else {
      throw ReportableError(.inputOutput, "ended early while being read", path: path)
    }
    guard !bytes.starts(with: "version https://git-lfs".utf8) else {
      throw ReportableError(
        .badData, "is a Git-LFS pointer, not the file itself; run git lfs pull", path: path)
    }
    return bytes
  }

  /// The text of the file at `path`, which must be UTF-8.
  public static func text(at path: String, maximumByteCount: Int = 64 << 20) throws -> String {
    let bytes = try bytes(at: path, maximumByteCount: maximumByteCount)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ReportableError(.badData, "is not UTF-8 text", path: path)
    }
    return text
  }

  /// The size of the regular file at `path`, without opening it.
  public static func byteCount(at path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ReportableError(
        .missingInput, "can't be found: \(String(cString: strerror(errno)))", path: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ReportableError(.missingInput, "is not a file", path: path)
    }
    return Int(status.st_size)
  }
}
