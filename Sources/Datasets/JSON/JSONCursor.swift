import Platform

/// Reads JSON once from front to back, value by value, without building a tree: annotation files
/// reach half a gigabyte, and their trees several.
struct JSONCursor {
  private let bytes: [UInt8]
  /// Offset of the next byte.
  private(set) var position = 0

  /// How deep arrays and objects may lie in each other.
  static let maximumDepth = 64
  private var depth = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte-order mark is not JSON, but some tools write one.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  enum Kind { case object, array, string, number, boolean, null }

  /// What the next value is.
  mutating func kind() throws -> Kind {
    skipSpace()
    guard let byte = peek else { throw problem("a value is missing") }
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw problem("a value is missing")
    }
  }

  /// Calls `body` with each key of an object; `body` must read or skip exactly the value.
  mutating func forEachMember(_ body: (inout JSONCursor, String) throws -> Void) throws {
    try open(UInt8(ascii: "{"), "an object")
    if take(UInt8(ascii: "}")) { return close() }
    repeat {
      let key = try string()
      guard take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
      try body(&self, key)
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw problem("a comma or } is missing") }
    close()
  }

  /// Calls `body` with the index of each element of an array; `body` must read or skip it.
  mutating func forEachElement(_ body: (inout JSONCursor, Int) throws -> Void) throws {
    try open(UInt8(ascii: "["), "an array")
    if take(UInt8(ascii: "]")) { return close() }
    var index = 0
    repeat {
      try body(&self, index)
      index += 1
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw problem("a comma or ] is missing") }
    close()
  }

  /// An array of numbers.
  mutating func numbers() throws -> [Double] {
    var numbers: [Double] = []
    try forEachElement { cursor, _ in numbers.append(try cursor.number()) }
    return numbers
  }

  mutating func boolean() throws -> Bool {
    skipSpace()
    if takeLiteral("true") { return true }
    if takeLiteral("false") { return false }
    throw problem("true or false is missing")
  }

  /// Reads `null` if that comes next.
  mutating func takeNull() -> Bool {
    skipSpace()
    return takeLiteral("null")
  }

  /// Passes over the next value, whatever it is.
  mutating func skip() throws {
    switch try kind() {
    case .object: try forEachMember { cursor, _ in try cursor.skip() }
    case .array: try forEachElement { cursor, _ in try cursor.skip() }
    case .string: try skipString()
    case .number: _ = try number()
    case .boolean: _ = try boolean()
    case .null: guard takeNull() else { throw problem("a value is missing") }
    }
  }

  /// Refuses anything but white space after the last value.
  mutating func finish() throws {
    skipSpace()
    guard position == bytes.count else { throw problem("something follows the end") }
  }

  /// An error at the present position.
  func problem(_ what: String) -> ReportableError {
    ReportableError(
      .badData, "is not the JSON that is expected: \(what) at byte \(position); get the file again")
  }

  // MARK: Numbers

  /// A number, also when it is spelled as 12 or 12.0 or 1.2e1.
  mutating func number() throws -> Double {
    skipSpace()
    let start = position
    let isNegative = takeByte(UInt8(ascii: "-"))
    let firstDigit = position
    var mantissa: UInt64 = 0
    var digits = 0
    var decimals = 0
    readDigits(&mantissa, &digits)
    guard digits > 0 else {
      position = start
      throw problem("a number is missing")
    }
    guard digits == 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
      position = start
      throw problem("a number begins with 0")
    }
    if takeByte(UInt8(ascii: ".")) {
      let whole = digits
      readDigits(&mantissa, &digits)
      decimals = digits - whole
      guard decimals > 0 else { throw problem("a digit is missing") }
    }
    var hasExponent = false
    if takeByte(UInt8(ascii: "e")) || takeByte(UInt8(ascii: "E")) {
      hasExponent = true
      if !takeByte(UInt8(ascii: "+")) { _ = takeByte(UInt8(ascii: "-")) }
      var exponentDigits = 0
      var ignored: UInt64 = 0
      readDigits(&ignored, &exponentDigits)
      guard exponentDigits > 0 else { throw problem("a digit is missing") }
    }
    // Both parts are exact then, so that one division rounds once.
    if !hasExponent, digits <= 15, decimals <= 22 {
      let value = Double(mantissa) / Self.powersOfTen[decimals]
      return isNegative ? -value : value
    }
    guard position - start <= 400,
      let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite
    else { throw problem("a number is out of range") }
    return value
  }

  /// A whole number, also when it is spelled 12.0.
  mutating func integer() throws -> Int64 {
    let start = position
    guard let value = Int64(exactly: try number()) else {
      position = start
      throw problem("a whole number is missing")
    }
    guard value.magnitude < 1 << 53 else { throw problem("a whole number is out of range") }
    return value
  }

  private mutating func readDigits(_ mantissa: inout UInt64, _ digits: inout Int) {
    while position < bytes.count, case let byte = bytes[position], byte &- 48 < 10 {
      mantissa = mantissa &* 10 &+ UInt64(byte &- 48)
      digits += 1
      position += 1
    }
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  // MARK: Strings

  mutating func string() throws -> String {
    skipSpace()
    guard takeByte(UInt8(ascii: "\"")) else { throw problem("a string is missing") }
    let start = position
    var text: [UInt8]?
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let content = text ?? Array(bytes[start..<position])
        position += 1
        guard let string = String(validating: content, as: UTF8.self) else {
          throw problem("a string is not UTF-8")
        }
        return string
      }
      guard byte >= 0x20 else { throw problem("a string holds a control character") }
      if byte == UInt8(ascii: "\\") {
        if text == nil { text = Array(bytes[start..<position]) }
        position += 1
        text?.append(contentsOf: try escaped())
      } else {
        text?.append(byte)
        position += 1
      }
    }
    throw problem("a string doesn't end")
  }

  /// What the characters after a backslash stand for.
  private mutating func escaped() throws -> [UInt8] {
    guard position < bytes.count else { throw problem("a string doesn't end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      let first = try hexadecimalUnit()
      if 0xDC00...0xDFFF ~= first { throw problem("half a surrogate pair stands alone") }
      guard 0xD800...0xDBFF ~= first else { return try utf8(first) }
      guard takeByte(UInt8(ascii: "\\")), takeByte(UInt8(ascii: "u")) else {
        throw problem("half a surrogate pair stands alone")
      }
      let second = try hexadecimalUnit()
      guard 0xDC00...0xDFFF ~= second else {
        throw problem("half a surrogate pair stands alone")
      }
      return try utf8(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    default: throw problem("an unknown escape is used")
    }
  }

  private mutating func hexadecimalUnit() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw problem("a string doesn't end") }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw problem("an escape is not hexadecimal")
      }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private func utf8(_ value: UInt32) throws -> [UInt8] {
    guard let scalar = Unicode.Scalar(value) else {
      throw problem("an escape is no character")
    }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func skipString() throws {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return }
    }
    position = bytes.count
    throw problem("a string doesn't end")
  }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func takeByte(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    return takeByte(byte)
  }

  private mutating func takeLiteral(_ literal: StaticString) -> Bool {
    literal.withUTF8Buffer { literal in
      guard bytes[position...].starts(with: literal) else { return false }
      position += literal.count
      return true
    }
  }

  private mutating func open(_ byte: UInt8, _ what: String) throws {
    guard take(byte) else { throw problem("\(what) is missing") }
    guard depth < Self.maximumDepth else { throw problem("the nesting is too deep") }
    depth += 1
  }

  private mutating func close() { depth -= 1 }
}
