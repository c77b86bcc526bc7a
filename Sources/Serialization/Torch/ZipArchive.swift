import Platform

/// The files inside a zip archive, where they lie, checked against the archive itself: the directory
/// at its end and the header before each file agree, nothing overlaps, nothing leaves the archive.
///
/// Both sizes of directory (32 and 64 bit) are understood.
///
/// Source: PKWARE, APPNOTE.TXT, sections 4.3 and 4.5.3. PyTorch stores without compression and puts
/// padding before each file into the header's extra field.
/// Limitations: nothing is unpacked; checksums are not compared, since PyTorch can be told to write
/// none; no archives of several parts, and none with bytes before the first file.
struct ZipArchive {
  struct Entry {
    let name: String
    /// Bytes of the archive, from the local header to the end of the data.
    let extent: Range<Int>
    /// Bytes of the archive that are the file, or its compressed form.
    let dataRange: Range<Int>
    let isEncrypted: Bool
    let isCompressed: Bool
  }

  /// In the order of the directory.
  let entries: [Entry]
  private let indices: [String: Int]

  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(of file: UnsafeRawBufferPointer) throws {
    let directory = try ZipDirectory(of: file)
    entries = try directory.records(of: file).map {
      try $0.located(in: file, before: directory.range.lowerBound)
    }
    var indices: [String: Int] = [:]
    for (index, entry) in entries.enumerated() {
      guard indices.updateValue(index, forKey: entry.name) == nil else {
        throw Self.damaged("is a zip archive with two files called \(quoted(entry.name))")
      }
    }
    self.indices = indices
    try checkOverlaps()
  }

  subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// Where the bytes of file `name` are; nil when there is none.
  ///
  /// - Throws: ``ReportableError`` (`badData`) when they are compressed or encrypted.
  func storedRange(of name: String) throws -> Range<Int>? {
    guard let entry = self[name] else { return nil }
    guard !entry.isCompressed, !entry.isEncrypted else {
      throw ReportableError(
        .badData,
        "holds \(quoted(name)) \(entry.isEncrypted ? "encrypted" : "compressed"), which can't be "
          + "mapped; unpack the archive and zip it again with \"zip -0 -r\"")
    }
    return entry.dataRange
  }

  private func checkOverlaps() throws {
    let sorted = entries.sorted { $0.extent.lowerBound < $1.extent.lowerBound }
    for (previous, next) in zip(sorted, sorted.dropFirst())
    where next.extent.lowerBound < previous.extent.upperBound {
      throw Self.damaged(
        "is a zip archive in which \(quoted(previous.name)) and \(quoted(next.name)) overlap")
    }
  }

  static func damaged(_ what: String) -> ReportableError { SafetensorsHeader.damaged(what) }
}
