import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Output folders that are either complete or absent: filled under a temporary name beside their
/// destination, then renamed.
public enum AtomicFolder {
  /// Makes a folder, lets `body` fill it, and puts it at `path` in the place of what was there.
  ///
  /// - Parameter body: gets the temporary folder's path.
  /// - Throws: ``ReportableError`` (`inputOutput`) naming `path`, or what `body` throws; the
  ///   destination is untouched then.
  public static func write(to path: String, _ body: (String) throws -> Void) throws {
    // With a slash at the end, the temporary folder would lie within its destination.
    let name = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard name == path else { return try write(to: name, body) }
    let temporary = path + ".partial"
    let previous = path + ".previous"
    let files = FileManager.default
    try? files.removeItem(atPath: temporary)
    do {
      try OutputFolder.make(temporary)
      try body(temporary)
      try? files.removeItem(atPath: previous)
      let replaces = files.fileExists(atPath: path)
      guard !replaces || rename(path, previous) == 0 else { throw failure(path) }
      guard rename(temporary, path) == 0 else {
        let failure = failure(path)
        if replaces { rename(previous, path) }
        throw failure
      }
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    try? files.removeItem(atPath: previous)
  }

  private static func failure(_ path: String) -> ReportableError {
    ReportableError(
      .inputOutput,
      "can't be put in place: \(String(cString: strerror(errno))); check its permissions",
      path: path)
  }
}
