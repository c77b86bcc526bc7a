import Platform

/// What the directory of a zip archive says of one file.
struct ZipRecord {
  let name: String
  let nameBytes: Range<Int>
  let flags: UInt16
  let method: UInt16
  let compressedByteCount: UInt64
  let byteCount: UInt64
  /// Where the file's own header is.
  let headerOffset: UInt64
}

extension ZipDirectory {
  /// The directory's records in their order, which must fill it exactly.
  func records(of file: UnsafeRawBufferPointer) throws -> [ZipRecord] {
    var cursor = ByteCursor(file, at: range.lowerBound, end: range.upperBound)
    var records: [ZipRecord] = []
    for index in 0..<entryCount {
      guard let record = ZipRecord(&cursor) else {
        throw ZipArchive.damaged(
          "is a zip archive whose directory breaks off at file \(index) of \(entryCount)")
      }
      records.append(record)
    }
    guard cursor.remaining == 0 else {
      throw ZipArchive.damaged(
        "is a zip archive with \(cursor.remaining) bytes after the last file of its directory")
    }
    return records
  }
}

extension ZipRecord {
  /// The directory's record at `cursor`, or nil when it is not one or not complete.
  fileprivate init?(_ cursor: inout ByteCursor) {
    guard cursor.take(UInt32.self) == 0x0201_4b50, cursor.take(UInt32.self) != nil,
      let flags = cursor.take(UInt16.self), let method = cursor.take(UInt16.self),
      // Time, date, checksum.
      cursor.take(count: 8) != nil, let compressed = cursor.take(UInt32.self),
      let uncompressed = cursor.take(UInt32.self), let nameCount = cursor.take(UInt16.self),
      let extraCount = cursor.take(UInt16.self), let commentCount = cursor.take(UInt16.self),
      // Part and attributes.
      cursor.take(count: 8) != nil, let offset = cursor.take(UInt32.self),
      let name = cursor.take(count: Int(nameCount)),
      let extra = cursor.take(count: Int(extraCount)), cursor.take(count: Int(commentCount)) != nil
    else { return nil }
    // The 64-bit field lists, in this order, those that did not fit.
    var wide = Self.wideField(ByteCursor(cursor.bytes, at: extra.lowerBound, end: extra.upperBound))
    func widened(_ narrow: UInt32) -> UInt64? {
      narrow == .max ? wide?.take(UInt64.self) : UInt64(narrow)
    }
    guard let byteCount = widened(uncompressed), let compressedByteCount = widened(compressed),
      let headerOffset = widened(offset)
    else { return nil }
    self.init(
      name: cursor.text(name), nameBytes: name, flags: flags, method: method,
      compressedByteCount: compressedByteCount, byteCount: byteCount, headerOffset: headerOffset)
  }

  /// The content of the extra field of type 1.
  private static func wideField(_ extra: ByteCursor) -> ByteCursor? {
    var extra = extra
    while let type = extra.take(UInt16.self), let count = extra.take(UInt16.self),
      let content = extra.take(count: Int(count))
    {
      if type == 1 {
        return ByteCursor(extra.bytes, at: content.lowerBound, end: content.upperBound)
      }
    }
    return nil
  }

  /// Finds the file by its own header, which must say the same and lie before the directory.
  func located(
    in file: UnsafeRawBufferPointer, before directoryStart: Int
  ) throws -> ZipArchive.Entry {
    let lie = ZipArchive.damaged(
      "is a zip archive whose directory and headers disagree about \(quoted(name))")
    guard headerOffset < UInt64(directoryStart) else { throw lie }
    var cursor = ByteCursor(file, at: Int(headerOffset), end: directoryStart)
    guard cursor.take(UInt32.self) == 0x0403_4b50, cursor.take(UInt16.self) != nil,
      let localFlags = cursor.take(UInt16.self), cursor.take(UInt16.self) == method,
      cursor.take(count: 8) != nil, let localCompressed = cursor.take(UInt32.self),
      let localByteCount = cursor.take(UInt32.self), let nameCount = cursor.take(UInt16.self),
      let extraCount = cursor.take(UInt16.self), let localName = cursor.take(count: Int(nameCount)),
      cursor.take(count: Int(extraCount)) != nil,
      file[localName].elementsEqual(file[nameBytes])
    else { throw lie }
    // Bit 3: the sizes were not known yet when the header was written.
    let hasSizes = localFlags & 8 == 0
    func agrees(_ local: UInt32, _ size: UInt64) -> Bool {
      !hasSizes || local == .max || UInt64(local) == size
    }
    let isCompressed = method != 0
    guard agrees(localCompressed, compressedByteCount), agrees(localByteCount, byteCount),
      isCompressed || compressedByteCount == byteCount
    else { throw lie }
    guard compressedByteCount <= UInt64(cursor.remaining),
      let data = cursor.take(count: Int(compressedByteCount))
    else {
      throw ZipArchive.damaged("is a zip archive in which \(quoted(name)) leaves its place")
    }
    return ZipArchive.Entry(
      name: name, extent: Int(headerOffset)..<data.upperBound, dataRange: data,
      isEncrypted: (flags | localFlags) & 1 != 0, isCompressed: isCompressed)
  }
}
