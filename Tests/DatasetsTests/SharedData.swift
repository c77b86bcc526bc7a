import Foundation

/// Real pictures in their official layouts, kept outside the package. Tests that need them are
/// skipped, visibly, where they are absent; INSTRUCTCV_SHARED_DATA says where they are.
enum SharedData {
  static let root: String = {
    if let set = ProcessInfo.processInfo.environment["INSTRUCTCV_SHARED_DATA"] { return set }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return package.appendingPathComponent("../shared/data").standardizedFileURL.path
  }()

  static func path(_ relative: String) -> String { root + "/" + relative }

  static func has(_ relative: String) -> Bool {
    FileManager.default.fileExists(atPath: path(relative))
  }
}

/// A folder that disappears with its test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/datasets-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, with its folders, and gives its path.
  @discardableResult
  func write(_ text: String, to relative: String) throws -> String {
    try write(Data(text.utf8), to: relative)
  }

  @discardableResult
  func write(_ data: Data, to relative: String) throws -> String {
    let url = URL(fileURLWithPath: path + "/" + relative)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    return url.path
  }

  /// Every file below the folder with its content.
  func contents(of relative: String = "") throws -> [String: Data] {
    let start = relative.isEmpty ? path : path + "/" + relative
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: start) {
      let url = URL(fileURLWithPath: start + "/" + name)
      if try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory != true {
        files[name] = try Data(contentsOf: url)
      }
    }
    return files
  }
}
