/// The places of a file that readers depend on most.
public struct ByteLayout: Sendable {
  /// Little-endian numbers of 1, 2, 4 or 8 bytes: lengths, counts and offsets.
  public var fields: [Range<Int>] = []
  /// Where most changes are made; anywhere when empty.
  public var focus: [Range<Int>] = []

  public init(fields: [Range<Int>] = [], focus: [Range<Int>] = []) {
    self.fields = fields
    self.focus = focus
  }
}

extension ByteLayout {
  /// Text without numbers at fixed places.
  public static func text(_: [UInt8]) -> ByteLayout { ByteLayout() }

  /// The header's length, and the header.
  public static func safetensors(_ file: [UInt8]) -> ByteLayout {
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return ByteLayout(fields: [0..<8], focus: [8..<8 + length])
  }

  /// The numbers of all headers and directories of a zip archive, the start of the first file, and
  /// the directory.
  public static func zip(_ file: [UInt8]) -> ByteLayout {
    // By signature: offsets and widths of the record's numbers.
    let records: [[UInt8]: [(offset: Int, width: Int)]] = [
      [0x50, 0x4b, 3, 4]: [(6, 2), (8, 2), (18, 4), (22, 4), (26, 2), (28, 2)],
      [0x50, 0x4b, 1, 2]: [
        (8, 2), (10, 2), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4),
      ],
      [0x50, 0x4b, 6, 6]: [(4, 8), (24, 8), (32, 8), (40, 8), (48, 8)],
      [0x50, 0x4b, 6, 7]: [(8, 8)],
      [0x50, 0x4b, 5, 6]: [(8, 2), (10, 2), (12, 4), (16, 4), (20, 2)],
    ]
    var fields: [Range<Int>] = []
    var directory = file.count
    for start in 0..<max(file.count - 4, 0) {
      guard let numbers = records[Array(file[start..<start + 4])] else { continue }
      if file[start + 2] == 1 { directory = min(directory, start) }
      fields += numbers.map { start + $0.offset..<start + $0.offset + $0.width }
        .filter { $0.upperBound <= file.count }
    }
    return ByteLayout(
      fields: fields, focus: [0..<min(file.count, 1500), directory..<file.count])
  }

  /// The pickles at the start.
  public static func pickle(_ file: [UInt8]) -> ByteLayout {
    ByteLayout(focus: [0..<min(file.count, 1500)])
  }
}
