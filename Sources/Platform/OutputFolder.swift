#if canImport(Glibc)
  import Glibc
#endif

/// Folders for output.
public enum OutputFolder {
  /// Makes `path` and what it lies in, if need be.
  ///
  /// - Throws: ``ReportableError`` (`inputOutput`) naming `path`.
  public static func make(_ path: String) throws {
    var partial = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      partial += part + "/"
      guard mkdir(partial, 0o777) != 0, errno != EEXIST else { continue }
      throw ReportableError(
        .inputOutput,
        "can't be made: \(String(cString: strerror(errno))); choose a folder that can be written",
        path: path)
    }
  }
}
