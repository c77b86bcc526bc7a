import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The distinct pictures of a list of examples: each is encoded once. A built set links one input
/// into many samples and repeats solid colour blocks, so files are told apart by what they are on
/// the disk and small ones by their bytes.
package struct DistinctPictures {
  /// Distinct pictures, in the order of their first use.
  package private(set) var paths: [String] = []
  /// Sizes of their files.
  package private(set) var byteCounts: [Int] = []
  /// For each example, the positions of its picture and of its target in `paths`.
  package private(set) var positions: [(picture: Int, target: Int)] = []

  private struct FileIdentity: Hashable {
    let device: UInt
    let node: UInt
  }
  private struct SmallFile: Hashable {
    let byteCount: Int
    let digest: String
  }

  private static let smallByteCount = 2048
  private var byFile: [FileIdentity: Int] = [:]
  private var bySmallContent: [SmallFile: Int] = [:]

  /// - Throws: ``ReportableError`` (`missingInput`) naming a picture that isn't there.
  package init(_ examples: [TrainingExample]) throws {
    positions.reserveCapacity(examples.count)
    for example in examples {
      positions.append(
        (picture: try position(example.picturePath), target: try position(example.targetPath)))
    }
    (byFile, bySmallContent) = ([:], [:])
  }

  private mutating func position(_ path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ReportableError(
        .missingInput,
        "can't be found (\(String(cString: strerror(errno)))); build the data set again",
        path: path)
    }
    let file = FileIdentity(device: UInt(status.st_dev), node: UInt(status.st_ino))
    if let known = byFile[file] { return known }
    let byteCount = Int(status.st_size)
    var small: SmallFile?
    if byteCount <= Self.smallByteCount {
      let bytes = try InputFile.bytes(at: path, maximumByteCount: Self.smallByteCount)
      var hash = Fingerprint()
      hash.combine(bytes)
      let key = SmallFile(byteCount: byteCount, digest: hash.text)
      if let known = bySmallContent[key],
        try InputFile.bytes(at: paths[known], maximumByteCount: Self.smallByteCount) == bytes
      {
        byFile[file] = known
        return known
      }
      small = key
    }
    let new = paths.count
    paths.append(path)
    byteCounts.append(byteCount)
    byFile[file] = new
    if let small, bySmallContent[small] == nil { bySmallContent[small] = new }
    return new
  }
}
