import Foundation
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A PNG file under the first of the names `<stem>.png`, `<stem>-2.png`, `<stem>-3.png`, ... that
/// is free. It replaces nothing, whoever writes beside it.
public enum NumberedFile {
  /// The name that is free now; by the time of ``write(stem:_:)``, others may have it.
  public static func freePath(stem: String) -> String {
    var number = 1
    while FileIdentity.isTaken(path(stem, number)) { number += 1 }
    return path(stem, number)
  }

  /// Puts a complete file in place.
  ///
  /// - Parameter make: writes the file to the path that it is given.
  /// - Returns: the name that the file got.
  static func write(stem: String, _ make: (String) throws -> Void) throws -> String {
    let temporary = "\(path(stem, 1)).\(getpid()).partial"
    defer { unlink(temporary) }
    try make(temporary)
    var number = 1
    while try !place(temporary, at: path(stem, number)) { number += 1 }
    return path(stem, number)
  }

  private static func path(_ stem: String, _ number: Int) -> String {
    number == 1 ? "\(stem).png" : "\(stem)-\(number).png"
  }

  /// Gives the file the name `path`; false when something has that.
  private static func place(_ temporary: String, at path: String) throws -> Bool {
    if link(temporary, path) == 0 { return true }
    if errno == EEXIST { return false }
    // Some file systems have no second names for a file; there, an empty file keeps the place.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0, errno == EEXIST { return false }
    guard descriptor >= 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { unlink(path) }
      throw ReportableError(
        .inputOutput, "can't be put in place: \(reason); check the folder and free space",
        path: path)
    }
    return true
  }
}
