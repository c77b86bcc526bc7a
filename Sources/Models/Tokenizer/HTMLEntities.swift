/// Turns HTML's character references back into characters, as ftfy does: those with a semicolon.
///
/// Names are HTML 5's. A name in small letters counts in capitals, too, and then stands for the
/// capital, unless HTML reads its beginning as another character. Numbers that are no characters
/// are read as HTML 5 says: those of Windows-1252's signs as the signs, controls as nothing,
/// surrogates and what is too large as U+FFFD.
///
/// Source: ftfy 6.3.1, `fixes.unescape_html`, and Python 3.11, `html.unescape`. Golden:
/// `clip-ids-ftfy.json`.
enum HTMLEntities {
  /// What Windows-1252 has where Latin-1 has the controls U+0080 to U+009F; five of them stay.
  static let windows1252: [Unicode.Scalar] = [
    "\u{20ac}", "\u{81}", "\u{201a}", "\u{192}", "\u{201e}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{2c6}", "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8d}", "\u{17d}", "\u{8f}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201c}", "\u{201d}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{2dc}", "\u{2122}", "\u{161}", "\u{203a}", "\u{153}", "\u{9d}", "\u{17e}", "\u{178}",
  ]

  /// Between the ampersand, or the number sign after it, and the semicolon.
  private static let maximumLength = 24

  /// `scalars` with every reference replaced, once: `&amp;lt;` becomes `&lt;`.
  static func unescaped(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard scalars.contains("&") else { return scalars }
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var position = 0
    while position < scalars.count {
      if scalars[position] == "&", let (replacement, end) = reference(in: scalars, at: position) {
        result.append(contentsOf: replacement)
        position = end
      } else {
        result.append(scalars[position])
        position += 1
      }
    }
    return result
  }

  /// What the reference that begins at `begin` stands for, and where it ends; nil for none.
  private static func reference(
    in scalars: [Unicode.Scalar], at begin: Int
  ) -> (replacement: [Unicode.Scalar], end: Int)? {
    var position = begin + 1
    let isNumber = position < scalars.count && scalars[position] == "#"
    if isNumber { position += 1 }
    var name = ""
    while position < scalars.count, isAlphanumeric(scalars[position]),
      name.utf8.count < maximumLength
    {
      name.unicodeScalars.append(scalars[position])
      position += 1
    }
    guard !name.isEmpty, position < scalars.count, scalars[position] == ";" else { return nil }
    return (isNumber ? character(numbered: name) : characters[name]).map { ($0, position + 1) }
  }

  private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z": true
    default: false
    }
  }

  /// The character of a decimal number or, after an x, a hexadecimal one; nil when it is neither.
  private static func character(numbered digits: String) -> [Unicode.Scalar]? {
    let isHexadecimal = digits.first == "x" || digits.first == "X"
    let base: UInt32 = isHexadecimal ? 16 : 10
    let values = digits.dropFirst(isHexadecimal ? 1 : 0).map(\.hexDigitValue)
    guard !values.isEmpty else { return nil }
    var code: UInt32 = 0
    for value in values {
      guard let value, value < base else { return nil }
      // Anything beyond the last code point is too large.
      code = min(code * base + UInt32(value), 0x110000)
    }
    switch code {
    // Reference quirk: a semicolon is taken for one that was left over.
    case UInt32(UInt8(ascii: ";")): return nil
    case 0: return ["\u{fffd}"]
    case 0x80...0x9f: return [windows1252[Int(code - 0x80)]]
    case 0x1...0x8, 0xb, 0xe...0x1f, 0x7f, 0xfdd0...0xfdef: return []
    case 0..<0x110000 where code & 0xfffe == 0xfffe: return []
    default: return [Unicode.Scalar(code) ?? "\u{fffd}"]
    }
  }

  /// The names that HTML reads without a semicolon, too, in capitals.
  private static let shortNames = ["AMP", "COPY", "ETH", "GT", "LT", "QUOT", "REG", "THORN"]

  /// The characters of each name.
  private static let characters: [String: [Unicode.Scalar]] = {
    var result: [String: [Unicode.Scalar]] = [:]
    for entry in table.split(whereSeparator: \.isWhitespace) {
      let parts = entry.split(separator: ":")
      let scalars = parts[0].split(separator: "+").compactMap {
        UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
      }
      for name in parts[1].split(separator: ",") { result[String(name)] = scalars }
    }
    for (name, scalars) in result where name == name.lowercased() {
      let capitals = name.uppercased()
      if result[capitals] == nil, !shortNames.contains(where: capitals.hasPrefix) {
        result[capitals] = scalars.flatMap(\.properties.uppercaseMapping.unicodeScalars)
      }
    }
    return result
  }()
}
