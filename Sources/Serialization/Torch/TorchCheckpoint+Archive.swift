import Platform

extension TorchCheckpoint.Content {
  /// Of a zip archive: `data.pkl` in its folder, the storages as `data/<key>` beside it.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(archive file: UnsafeRawBufferPointer) throws {
    let archive = try ZipArchive(of: file)
    let folder = try Self.folder(of: archive)
    if let order = try archive.storedRange(of: folder + "byteorder"),
      !file[order].elementsEqual("little".utf8)
    {
      throw ReportableError(
        .badData, "was saved on a big-endian machine; save it again on a little-endian one")
    }
    guard let range = try archive.storedRange(of: folder + "data.pkl") else {
      throw ZipArchive.damaged("has lost its data.pkl")
    }
    pickle = try PickleMachine.read(file, in: range)
    let prefix = folder + "data/"
    var storages: [String: Range<Int>] = [:]
    for entry in archive.entries where entry.name.hasPrefix(prefix) && !entry.name.hasSuffix("/") {
      storages[String(entry.name.dropFirst(prefix.count))] = try archive.storedRange(of: entry.name)
    }
    self.storages = storages
  }

  /// The folder, with a slash at its end, or nothing: PyTorch calls it `archive` or after the file,
  /// and people who zip a checkpoint again call it what they like.
  private static func folder(of archive: ZipArchive) throws -> String {
    func depth(_ name: String) -> Int { name.utf8.count { $0 == UInt8(ascii: "/") } }
    let candidates = archive.entries.map(\.name)
      .filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }.sorted { depth($0) < depth($1) }
    guard let found = candidates.first else {
      throw ReportableError(
        .badData,
        "is a zip archive without a data.pkl, not a PyTorch checkpoint; if it was made of a "
          + "model's folder, unpack it")
    }
    if candidates.count > 1, depth(candidates[1]) == depth(found) {
      throw ReportableError(
        .badData,
        "is a zip archive with several data.pkl (\(quoted(found)), \(quoted(candidates[1]))); zip "
          + "each checkpoint by itself")
    }
    let folder = String(found.dropLast("data.pkl".count))
    if archive[folder + "constants.pkl"] != nil {
      throw ReportableError(
        .badData, "is a TorchScript program, not a checkpoint; save the model's state_dict()")
    }
    return folder
  }
}
