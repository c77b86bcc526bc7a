import Platform

/// Where the directory of a zip archive is and how many files it lists, by the records at the end of
/// the archive.
struct ZipDirectory {
  let range: Range<Int>
  let entryCount: Int

  /// More files than any checkpoint has; a directory of so many is not read.
  static let maximumEntryCount = 1 << 20

  private static let endByteCount = 22
  private static let locatorByteCount = 20

  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(of file: UnsafeRawBufferPointer) throws {
    guard let end = Self.endRecordPosition(in: file) else {
      throw ZipArchive.damaged("is a zip archive without a directory at its end")
    }
    var cursor = ByteCursor(file, at: end + 4)
    guard let disk = cursor.take(UInt16.self), let firstDisk = cursor.take(UInt16.self),
      let countHere = cursor.take(UInt16.self), let count = cursor.take(UInt16.self),
      let byteCount = cursor.take(UInt32.self), let offset = cursor.take(UInt32.self)
    else { throw ZipArchive.damaged("is a zip archive without a directory at its end") }
    var fields = Fields(
      count: UInt64(count), byteCount: UInt64(byteCount), offset: UInt64(offset), end: end)
    var isOnePart = (disk == 0 || disk == .max) && (firstDisk == 0 || firstDisk == .max)
    isOnePart = isOnePart && countHere == count
    let saturated = count == .max || byteCount == .max || offset == .max
    if let wide = try Self.wideFields(in: file, before: end) {
      // The narrow record repeats what fits into it.
      guard count == .max || wide.count == fields.count,
        byteCount == .max || wide.byteCount == fields.byteCount,
        offset == .max || wide.offset == fields.offset
      else { throw ZipArchive.damaged("is a zip archive with two directories that disagree") }
      fields = wide
    } else if saturated {
      throw ZipArchive.damaged("is a zip archive without its 64-bit directory record")
    }
    guard isOnePart else {
      throw ReportableError(
        .badData, "is one part of a zip archive in several; put them together first")
    }
    guard fields.count <= UInt64(Self.maximumEntryCount) else {
      throw ZipArchive.damaged(
        "is a zip archive of \(fields.count) files; the limit is \(Self.maximumEntryCount)")
    }
    let (upper, overflow) = fields.offset.addingReportingOverflow(fields.byteCount)
    guard !overflow, upper <= UInt64(fields.end) else {
      throw ZipArchive.damaged("is a zip archive whose directory is not where it says")
    }
    entryCount = Int(fields.count)
    range = Int(fields.offset)..<Int(upper)
  }

  /// What both forms of the end record say.
  private struct Fields {
    let count: UInt64
    let byteCount: UInt64
    let offset: UInt64
    /// Where the record itself begins.
    let end: Int
  }

  /// The last end record whose comment ends with the file.
  private static func endRecordPosition(in file: UnsafeRawBufferPointer) -> Int? {
    guard file.count >= endByteCount else { return nil }
    let last = file.count - endByteCount
    for position in stride(from: last, through: max(0, last - 0xffff), by: -1) {
      var cursor = ByteCursor(file, at: position)
      guard cursor.take(UInt32.self) == 0x0605_4b50 else { continue }
      cursor = ByteCursor(file, at: position + 20)
      if let comment = cursor.take(UInt16.self), Int(comment) == last - position {
        return position
      }
    }
    return nil
  }

  /// The fields of the 64-bit record, if a locator right before `end` points to one.
  private static func wideFields(
    in file: UnsafeRawBufferPointer, before end: Int
  ) throws -> Fields? {
    guard end >= locatorByteCount else { return nil }
    var locator = ByteCursor(file, at: end - locatorByteCount, end: end)
    guard locator.take(UInt32.self) == 0x0706_4b50 else { return nil }
    let lost = ZipArchive.damaged("is a zip archive whose 64-bit directory record is not found")
    guard locator.take(UInt32.self) == 0, let position = locator.take(UInt64.self),
      position <= UInt64(end - locatorByteCount)
    else { throw lost }
    var record = ByteCursor(file, at: Int(position), end: end - locatorByteCount)
    guard record.take(UInt32.self) == 0x0606_4b50, let byteCount = record.take(UInt64.self),
      byteCount >= 44, byteCount <= UInt64(record.remaining), record.take(UInt32.self) != nil,
      record.take(UInt32.self) == 0, record.take(UInt32.self) == 0,
      let countHere = record.take(UInt64.self), let count = record.take(UInt64.self),
      countHere == count, let directoryByteCount = record.take(UInt64.self),
      let offset = record.take(UInt64.self)
    else { throw lost }
    return Fields(
      count: count, byteCount: directoryByteCount, offset: offset, end: Int(position))
  }
}
