import Foundation
import Testing

/// The goldens of this target, each made by the command its manifest entry names.
enum GoldenFile {
  static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    let url = try #require(Bundle.module.url(forResource: "Goldens/\(name)", withExtension: nil))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }
}

/// The folder of real sample data, if this machine has it.
enum SharedData {
  static let folder: String? = {
    let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path =
      ProcessInfo.processInfo.environment["INSTRUCTCV_SHARED_DATA"]
      ?? packageRoot.appendingPathComponent("../shared/data").standardizedFileURL.path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  static func has(_ relative: String) -> Bool {
    folder.map { FileManager.default.fileExists(atPath: "\($0)/\(relative)") } ?? false
  }
}
