import Platform

/// The distinct pictures of a list of examples: each is encoded once. Small files are compared by
/// their bytes, since solid colour blocks occur thousands of times.
struct DistinctPictures {
  /// Distinct pictures, in the order of their first use.
  private(set) var paths: [String] = []
  /// For each example, the positions of its picture and of its target in `paths`.
  private(set) var positions: [(picture: Int, target: Int)] = []

  private static let smallByteCount = 2048

  init(_ examples: [TrainingExample]) throws {
    var byPath: [String: Int] = [:]
    var byContent: [[UInt8]: Int] = [:]
    func position(_ path: String) throws -> Int {
      if let known = byPath[path] { return known }
      var content: [UInt8]?
      if try InputFile.byteCount(at: path) <= Self.smallByteCount {
        let bytes = try InputFile.bytes(at: path, maximumByteCount: Self.smallByteCount)
        if let known = byContent[bytes] {
          byPath[path] = known
          return known
        }
        content = bytes
      }
      let new = paths.count
      paths.append(path)
      byPath[path] = new
      if let content { byContent[content] = new }
      return new
    }
    positions = try examples.map {
      (picture: try position($0.picturePath), target: try position($0.targetPath))
    }
  }
}
