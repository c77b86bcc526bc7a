import Platform

extension RunLengthMask {
  /// A mask in the compressed text form of COCO's tools: every run as its difference to the last
  /// one of the same colour (from the fourth on), in groups of five bits, letters "0" to "o".
  ///
  /// - Throws: ``ReportableError`` when it has other letters, breaks off, or its runs don't fill the
  ///   size.
  public init(width: Int, height: Int, compressed: String) throws {
    let pixelCount = try Self.pixelCount(width: width, height: height)
    var counts: [Int] = []
    var value = 0
    var shift = 0
    for byte in compressed.utf8 {
      guard (48...111).contains(byte) else {
        throw ReportableError(
          .badData, "a compressed mask holds the byte \(byte), which no encoder writes")
      }
      let group = Int(byte) - 48
      value |= (group & 0x1f) << shift
      shift += 5
      // Seven groups hold any difference of two runs; more would be lost in an Int.
      if group & 0x20 != 0 {
        guard shift < 40 else {
          throw ReportableError(.badData, "a compressed mask holds a number that is too long")
        }
        continue
      }
      if group & 0x10 != 0 { value |= -1 << shift }
      let count = value + (counts.count > 2 ? counts[counts.count - 2] : 0)
      guard (0...pixelCount).contains(count) else {
        throw ReportableError(
          .badData,
          "a compressed mask holds a run of \(count) pixels, impossible at \(width)x\(height)")
      }
      counts.append(count)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else {
      throw ReportableError(.badData, "a compressed mask breaks off in the middle of a number")
    }
    try self.init(width: width, height: height, counts: counts)
  }

  /// The compressed text form, see ``init(width:height:compressed:)``.
  public var compressed: String {
    var letters: [UInt8] = []
    for (index, count) in counts.enumerated() {
      var value = index > 2 ? count - counts[index - 2] : count
      while true {
        let group = value & 0x1f
        value >>= 5
        let isLast = group & 0x10 != 0 ? value == -1 : value == 0
        letters.append(UInt8((isLast ? group : group | 0x20) + 48))
        if isLast { break }
      }
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
