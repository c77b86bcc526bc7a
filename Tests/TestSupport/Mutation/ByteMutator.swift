import TensorCore

/// Damages files as transfers, disks and attackers do, mostly at the places and with the values at
/// which readers err.
public struct ByteMutator {
  private var stream: RandomStream
  /// Pieces of the format's own syntax.
  private let pieces: [[UInt8]]
  /// Other files of the format, to take runs of bytes from.
  private let others: [[UInt8]]

  /// Numbers as text at the limits of the types that they are read into.
  private static let numbers: [[UInt8]] = [
    "0", "1", "-1", "2", "7", "64", "65", "255", "256", "65535", "65536", "65537", "1048576",
    "2147483647", "2147483648", "4294967295", "4294967296", "4611686018427387904",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
    "99999999999999999999999999", "1e3", "1e308", "1e309", "-1e308", "1e-320", "1E400", "0.5", "-0",
    "1.0", "00", "NaN", "Infinity", "null", "true", "\"1\"", "[]", "{}",
  ].map { Array($0.utf8) }

  private static let bytes: [UInt8] = [
    0, 1, 9, 0x0a, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xfe, 0xff,
  ]

  public init(stream: RandomStream, pieces: [[UInt8]], others: [[UInt8]]) {
    self.stream = stream
    self.pieces = pieces
    self.others = others
  }

  /// Whether one of `count` equally likely things happens.
  public mutating func chance(oneIn count: Int) -> Bool { stream.integer(in: 0..<count) == 0 }

  /// One of `0..<count`.
  public mutating func choice(of count: Int) -> Int { stream.integer(in: 0..<count) }

  /// Makes one change.
  ///
  /// - Parameter layout: of the bytes as they were before any change.
  public mutating func change(_ bytes: inout [UInt8], _ layout: ByteLayout) {
    guard !bytes.isEmpty else {
      bytes = piece()
      return
    }
    let index = place(in: bytes, layout)
    switch stream.integer(in: 0..<13) {
    case 0: bytes[index] ^= 1 << UInt8(stream.integer(in: 0..<8))
    case 1: bytes[index] = UInt8(truncatingIfNeeded: stream.nextWord())
    case 2: bytes[index] = stream.element(of: Self.bytes)
    case 3: bytes.removeSubrange(index..<end(index, in: bytes))
    case 4: bytes.insert(contentsOf: bytes[index..<end(index, in: bytes)], at: index)
    case 5: bytes.insert(contentsOf: piece(), at: index)
    case 6:
      let piece = piece()
      bytes.replaceSubrange(index..<min(index + piece.count, bytes.count), with: piece)
    case 7: replaceNumber(in: &bytes, from: index)
    case 8: repeatLine(in: &bytes, at: index)
    case 9: splice(into: &bytes, at: index)
    case 10: changeField(of: &bytes, layout)
    case 11 where chance(oneIn: 4): bytes.removeSubrange(index...)
    default: replaceNumber(in: &bytes, from: index)
    }
  }

  private mutating func place(in bytes: [UInt8], _ layout: ByteLayout) -> Int {
    if !layout.focus.isEmpty, stream.integer(in: 0..<8) > 0 {
      let part = stream.element(of: layout.focus).clamped(to: bytes.indices)
      if !part.isEmpty { return stream.integer(in: part) }
    }
    return stream.integer(in: bytes.indices)
  }

  /// Where a run that begins at `index` ends: mostly soon.
  private mutating func end(_ index: Int, in bytes: [UInt8]) -> Int {
    let longest = stream.element(of: [1, 1, 4, 40, 400])
    return min(bytes.count, index + 1 + stream.integer(in: 0..<longest))
  }

  private mutating func piece() -> [UInt8] {
    pieces.isEmpty ? [UInt8(truncatingIfNeeded: stream.nextWord())] : stream.element(of: pieces)
  }

  /// Puts a number at a limit in the place of the first one that is written as text after `index`.
  private mutating func replaceNumber(in bytes: inout [UInt8], from index: Int) {
    func isPart(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    let reach = min(bytes.count, index + 400)
    guard let digit = bytes[index..<reach].firstIndex(where: { (0x30...0x39).contains($0) }) else {
      return
    }
    let start = bytes[..<digit].lastIndex { !isPart($0) }.map { $0 + 1 } ?? 0
    let end = bytes[digit...].firstIndex { !isPart($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: stream.element(of: Self.numbers))
  }

  /// Writes a line, which is often one key with its value, a second time somewhere else.
  private mutating func repeatLine(in bytes: inout [UInt8], at index: Int) {
    let reach = max(0, index - 400)..<min(bytes.count, index + 400)
    let start =
      bytes[reach.lowerBound..<index].lastIndex(of: 0x0a).map { $0 + 1 } ?? reach.lowerBound
    let end =
      bytes[index..<reach.upperBound].firstIndex(of: 0x0a).map { $0 + 1 } ?? reach.upperBound
    let target = chance(oneIn: 2) ? start : stream.integer(in: bytes.indices)
    bytes.insert(contentsOf: bytes[start..<end], at: target)
  }

  /// Writes a run of bytes from elsewhere over those at `index`.
  private mutating func splice(into bytes: inout [UInt8], at index: Int) {
    let source = others.isEmpty || chance(oneIn: 2) ? bytes : stream.element(of: others)
    guard !source.isEmpty else { return }
    let start = stream.integer(in: source.indices)
    let run = source[start..<end(start, in: source)]
    bytes.replaceSubrange(index..<min(index + run.count, bytes.count), with: run)
  }

  /// Gives one of the numbers at known places a value at a limit or next to the right one.
  private mutating func changeField(of bytes: inout [UInt8], _ layout: ByteLayout) {
    guard !layout.fields.isEmpty else { return }
    let field = stream.element(of: layout.fields)
    guard field.upperBound <= bytes.count else { return }
    let old = bytes[field].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    let value: UInt64 = stream.element(of: [
      0, 1, 7, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 32, 1 << 62,
      0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_fff8, .max, UInt64(bytes.count), old &+ 1, old &- 1,
      old &* 2, old &+ 16, old ^ (1 << UInt64(stream.integer(in: 0..<64))),
    ])
    for (place, index) in field.enumerated() {
      bytes[index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * place))
    }
  }
}
