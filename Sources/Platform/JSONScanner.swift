/// Reads JSON one value at a time from bytes nobody vouches for.
///
/// Foundation's decoders keep the last of two equal keys and tell no position. Here the caller says
/// what it expects next, so the depth is the caller's own, and everything else is a ``Failure`` with
/// its line and byte offset.
package struct JSONScanner {
  /// What was expected and where.
  package struct Failure: Error, CustomStringConvertible {
    package let message: String
    package let offset: Int
    package let line: Int

    package var description: String { "\(message) at line \(line) (byte \(offset))" }
  }

  private let bytes: ArraySlice<UInt8>
  private let start: Int
  private var position: Int

  /// Whether ``skipValue(depth:uniqueKeys:)`` takes the words that Python's `json` writes for numbers
  /// that JSON has not.
  package var takesNonFiniteNumbers = false
  /// Where those were, in order.
  package private(set) var nonFiniteNumbers: [Range<Int>] = []
  private static let nonFiniteWords = ["NaN", "Infinity", "-Infinity"]

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    start = bytes.startIndex
    position = bytes.startIndex
  }

  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// How many bytes have been read.
  package var offset: Int { position - start }

  /// The line that is being read, counted from 1.
  package var line: Int { 1 + bytes[start..<position].reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) } }

  package func failure(_ message: String) -> Failure {
    Failure(message: message, offset: offset, line: line)
  }

  /// The next byte that is not white space; nil at the end.
  package mutating func peek() -> UInt8? {
    while position < bytes.endIndex {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
      position += 1
    }
    return nil
  }

  /// Nothing but white space may be left.
  package mutating func finish() throws(Failure) {
    if peek() != nil { throw failure("unexpected text after the end of the JSON value") }
  }

  /// An object; `member` is called after each key and must read exactly its value.
  ///
  /// Equal keys are left to the caller, who keeps them in a table anyway.
  package mutating func object(_ member: (inout JSONScanner, String) throws -> Void) throws {
    try expect(UInt8(ascii: "{"))
    if take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try string()
      try expect(UInt8(ascii: ":"))
      try member(&self, key)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// An array; `element` is called before each element and must read exactly that.
  package mutating func array(_ element: (inout JSONScanner) throws -> Void) throws {
    try expect(UInt8(ascii: "["))
    if take(UInt8(ascii: "]")) { return }
    repeat { try element(&self) } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
  }

  /// A whole number that is not negative; fractions, exponents and leading zeros are refused.
  package mutating func count() throws(Failure) -> Int {
    guard let first = peek(), Self.isDigit(first) else {
      throw failure("expected a whole number that is not negative")
    }
    let begin = position
    var value = 0
    while position < bytes.endIndex, Self.isDigit(bytes[position]) {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(bytes[position] - 0x30))
      guard !overflow, !carry else { throw failure("a number is too large") }
      value = sum
      position += 1
    }
    if first == 0x30, position - begin > 1 { throw failure("a number has a leading zero") }
    if position < bytes.endIndex, [0x2e, 0x65, 0x45].contains(bytes[position]) {
      throw failure("expected a whole number")
    }
    return value
  }

  /// A string with its escapes resolved.
  package mutating func string() throws(Failure) -> String {
    try expect(UInt8(ascii: "\""))
    let begin = position
    while position < bytes.endIndex, bytes[position] != 0x22, bytes[position] != 0x5c {
      guard bytes[position] >= 0x20 else { throw failure("a control character in a string") }
      position += 1
    }
    var text = Array(bytes[begin..<position])
    while true {
      guard position < bytes.endIndex else { throw failure("a string has no end") }
      let byte = bytes[position]
      position += 1
      switch byte {
      case 0x22:
        guard let result = String(validating: text, as: UTF8.self) else {
          throw failure("a string is not UTF-8")
        }
        return result
      case 0x5c:
        try appendEscape(to: &text)
      case 0..<0x20:
        throw failure("a control character in a string")
      default:
        text.append(byte)
      }
    }
  }

  /// Reads any value and forgets it; arrays and objects may be `depth` levels deep.
  ///
  /// - Parameter uniqueKeys: whether an object with two equal keys is refused.
  package mutating func skipValue(depth: Int = 32, uniqueKeys: Bool = false) throws {
    guard depth > 0 else { throw failure("arrays and objects are nested too deeply") }
    switch peek() {
    case UInt8(ascii: "{"):
      var keys: Set<String> = []
      try object { scanner, key in
        guard !uniqueKeys || keys.insert(key).inserted else {
          throw scanner.failure("\(quoted(key)) appears twice")
        }
        try scanner.skipValue(depth: depth - 1, uniqueKeys: uniqueKeys)
      }
    case UInt8(ascii: "["):
      try array { try $0.skipValue(depth: depth - 1, uniqueKeys: uniqueKeys) }
    case UInt8(ascii: "\""): _ = try string()
    default:
      let rest = bytes[position...].prefix(40)
      if let word = ["true", "false", "null"].first(where: { rest.starts(with: $0.utf8) }) {
        position += word.utf8.count
        return
      }
      if takesNonFiniteNumbers,
        let word = Self.nonFiniteWords.first(where: { rest.starts(with: $0.utf8) })
      {
        nonFiniteNumbers.append(offset..<offset + word.utf8.count)
        position += word.utf8.count
        return
      }
      let digits = rest.prefix { Self.isDigit($0) || "+-.eE".utf8.contains($0) }
      guard digits.first != UInt8(ascii: "+"),
        Double(String(decoding: digits, as: UTF8.self)) != nil
      else { throw failure("expected a value") }
      position += digits.count
    }
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws(Failure) {
    guard position < bytes.endIndex else { throw failure("a string has no end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var value = try fourHexDigits()
      if (0xd800..<0xdc00).contains(value) {
        guard position + 1 < bytes.endIndex, bytes[position] == 0x5c, bytes[position + 1] == 0x75
        else { throw failure("half of a surrogate pair in a string") }
        position += 2
        let low = try fourHexDigits()
        guard (0xdc00..<0xe000).contains(low) else {
          throw failure("half of a surrogate pair in a string")
        }
        value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw failure("half of a surrogate pair in a string")
      }
      text.append(contentsOf: UTF8.encode(scalar) ?? .init())
    default:
      throw failure("an unknown escape in a string")
    }
  }

  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.endIndex,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure("\\u needs four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func expect(_ byte: UInt8) throws(Failure) {
    guard take(byte) else {
      throw failure("expected \(Character(Unicode.Scalar(byte)))")
    }
  }

  /// Steps over `byte` if it comes next.
  package mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension JSONScanner {
  /// `text` as a JSON string, escaped like serde_json does.
  package static func text(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
