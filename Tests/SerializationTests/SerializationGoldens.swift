import Foundation

/// Files of this target's Goldens folder, and throw-away files for tests that write.
enum SerializationGoldens {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Goldens")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// What NumPy makes of one tensor of `all-types.safetensors`.
  struct ExpectedTensor: Decodable {
    let dtype: String
    let shape: [Int]
    let floatBits: [UInt32]
    let integers: [Int]?
  }

  static func allTypes() throws -> [String: ExpectedTensor] {
    let data = try Data(contentsOf: folder.appendingPathComponent("all-types.json"))
    return try JSONDecoder().decode([String: ExpectedTensor].self, from: data)
  }
}

/// A folder that disappears with this object.
final class TemporaryFolder {
  let url: URL

  init() throws {
    // In memory where the system has such a place: thousands of small files are written.
    let parent =
      FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? URL(fileURLWithPath: "/dev/shm") : FileManager.default.temporaryDirectory
    url = parent.appendingPathComponent("serialization-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let path = path(name)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}
