/// Takes little-endian numbers and runs of bytes from a region, never beyond its end.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  /// Offset of the next byte, at most ``end``.
  private(set) var position: Int
  /// Where the region ends, at most the number of bytes.
  let end: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0, end: Int? = nil) {
    self.bytes = bytes
    self.end = min(max(end ?? bytes.count, 0), bytes.count)
    self.position = min(max(position, 0), self.end)
  }

  var remaining: Int { end - position }

  /// The next number, or nil when the region ends before it does.
  mutating func take<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Number? {
    guard remaining >= MemoryLayout<Number>.size else { return nil }
    let number = bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
    position += MemoryLayout<Number>.size
    return Number(littleEndian: number)
  }

  /// Where the next `count` bytes are, or nil when the region ends before them.
  mutating func take(count: Int) -> Range<Int>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return position..<position + count
  }

  /// Where the bytes before the next line feed are, or nil when there is none within `limit`.
  mutating func takeLine(limit: Int) -> Range<Int>? {
    let reach = position + min(limit, remaining)
    guard let lineEnd = bytes[position..<reach].firstIndex(of: 0x0a) else { return nil }
    defer { position = lineEnd + 1 }
    return position..<lineEnd
  }

  /// Bytes `range` as text; what is not UTF-8 is replaced.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
