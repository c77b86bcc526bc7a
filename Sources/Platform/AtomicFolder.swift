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
    let temporary = path + ".partial"
    let files = FileManager.default
    try? files.removeItem(atPath: temporary)
    do {
      try files.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    } catch {
      throw ReportableError(
        .inputOutput, "can't be created; check the folder and free space", path: path,
        cause: error)
    }
    do {
      try body(temporary)
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    let previous = path + ".previous"
    try? files.removeItem(atPath: previous)
    if files.fileExists(atPath: path) { rename(path, previous) }
    guard rename(temporary, path) == 0 else {
      throw ReportableError(.inputOutput, "can't be put in place", path: path)
    }
    try? files.removeItem(atPath: previous)
  }

  /// Makes a folder below one that is being filled.
  public static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw ReportableError(
        .inputOutput, "can't be created; check the folder and free space", path: path,
        cause: error)
    }
  }
}
