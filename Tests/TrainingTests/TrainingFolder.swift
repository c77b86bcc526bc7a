import Foundation

/// A folder that disappears with its test.
final class TrainingFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/training-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { "\(path)/\(name)" }

  /// Every file below `name` with its content.
  func contents(of name: String = "") throws -> [String: Data] {
    let start = name.isEmpty ? path : self[name]
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: start) {
      let path = "\(start)/\(name)"
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
        files[name] = try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    return files
  }
}
