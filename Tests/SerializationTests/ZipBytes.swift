/// A zip archive put together by hand, in which each field can be made to lie.
struct ZipBytes {
  struct File {
    var name: String
    var bytes: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// What the file's own header says; the truth where nil.
    var localName: String?
    var localSize: UInt32?
    /// What the directory says.
    var directorySize: UInt64?
    var directoryOffset: UInt64?
    /// Bytes of padding in the extra field, as PyTorch aligns with.
    var padding = 0
  }

  var files: [File]
  var comment: [UInt8] = []
  /// Whether sizes and offsets are in the 64-bit fields, the 32-bit ones saturated.
  var isWide = false
  var entryCount: Int?
  var directoryOffset: Int?
  var directoryByteCount: Int?
  /// What the 32-bit record says of the directory's place when there is a 64-bit one as well.
  var narrowOffset: UInt32?
  var locatorOffset: Int?
  var disk: UInt16 = 0

  /// The archive that `torch.save` would write of this pickle and these storages.
  static func checkpoint(
    _ pickle: [UInt8], storages: [(String, [UInt8])] = [("0", [UInt8](repeating: 0, count: 16))],
    folder: String = "archive/"
  ) -> ZipBytes {
    ZipBytes(
      files: [File(name: folder + "data.pkl", bytes: pickle)]
        + storages.map { File(name: folder + "data/" + $0.0, bytes: $0.1) })
  }

  var bytes: [UInt8] {
    var result: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let offset = result.count
      result += local(file)
      directory += record(file, offset: offset)
    }
    let start = directoryOffset ?? result.count
    let count = entryCount ?? files.count
    let byteCount = directoryByteCount ?? directory.count
    result += directory
    if isWide {
      let recordOffset = result.count
      result += number(UInt32(0x0606_4b50)) + number(UInt64(44)) + number(UInt32(0x2d_002d))
      result += number(UInt64(0)) + number(UInt64(count)) + number(UInt64(count))
      result += number(UInt64(byteCount)) + number(UInt64(bitPattern: Int64(start)))
      result += number(UInt32(0x0706_4b50)) + number(UInt32(0))
      result += number(UInt64(locatorOffset ?? recordOffset)) + number(UInt32(1))
    }
    let narrowCount = isWide ? UInt16.max : UInt16(truncatingIfNeeded: count)
    result += number(UInt32(0x0605_4b50)) + number(disk) + number(disk) + number(narrowCount)
    result += number(narrowCount) + number(isWide ? .max : UInt32(truncatingIfNeeded: byteCount))
    result += number(narrowOffset ?? (isWide ? .max : UInt32(truncatingIfNeeded: start)))
    return result + number(UInt16(comment.count)) + comment
  }

  private func local(_ file: File) -> [UInt8] {
    let name = Array((file.localName ?? file.name).utf8)
    let size = file.localSize ?? UInt32(file.bytes.count)
    let extra =
      file.padding == 0
      ? []
      : number(UInt16(0x4246)) + number(UInt16(file.padding - 4))
        + [UInt8](repeating: UInt8(ascii: "Z"), count: file.padding - 4)
    return number(UInt32(0x0403_4b50)) + number(UInt16(20)) + number(file.flags)
      + number(file.method) + number(UInt64(0)) + number(size) + number(size)
      + number(UInt16(name.count)) + number(UInt16(extra.count)) + name + extra + file.bytes
  }

  private func record(_ file: File, offset: Int) -> [UInt8] {
    let size = file.directorySize ?? UInt64(file.bytes.count)
    let place = file.directoryOffset ?? UInt64(offset)
    let extra =
      isWide
      ? number(UInt16(7)) + number(UInt16(2)) + [0, 0] + number(UInt16(1)) + number(UInt16(24))
        + number(size) + number(size) + number(place) : []
    let narrowSize = isWide ? UInt32.max : UInt32(truncatingIfNeeded: size)
    return number(UInt32(0x0201_4b50)) + number(UInt32(0x14_0014)) + number(file.flags)
      + number(file.method) + number(UInt64(0)) + number(narrowSize) + number(narrowSize)
      + number(UInt16(file.name.utf8.count)) + number(UInt16(extra.count)) + number(UInt16(0))
      + number(UInt64(0)) + number(isWide ? .max : UInt32(truncatingIfNeeded: place))
      + Array(file.name.utf8) + extra
  }

  private func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    PickleBytes.bytes(number)
  }
}
