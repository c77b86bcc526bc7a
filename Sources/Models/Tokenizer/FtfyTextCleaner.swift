import Foundation

/// Cleans text as transformers' Python class `CLIPTokenizer` does where ftfy is installed.
///
/// 1. Each line is repaired, again and again until nothing changes: HTML's character references
///    become characters (unless this line or one before it has a `<`), C1 controls the signs of
///    Windows-1252, Latin ligatures letters, full-width and half-width forms the usual ones, and
///    curly quotes straight ones; terminal escapes and control characters disappear; the text is
///    composed (NFC).
/// 2. The text is put in lower case. Blanks of all kinds and line breaks separate pieces.
///
/// Deviates: mojibake, text that was decoded with a wrong encoding (`cafÃ©` for `café`), is not
/// repaired; ftfy guesses it by tables of suspicious neighbours (`fix_encoding`). After
/// ``maximumRoundCount`` rounds a line is taken as it is.
///
/// Source: ftfy 6.3.1, `fix_text`; transformers 4.44.2, `models/clip/tokenization_clip.py`,
/// `CLIPTokenizer._tokenize`, with Python 3.11, whose Unicode is 14.0. Golden: `clip-ids-ftfy.json`.
enum FtfyTextCleaner {
  /// Each `&amp;` before `amp;` takes a round: a line of nothing else would take too long.
  private static let maximumRoundCount = 64

  private static let composition = CanonicalComposition(version: PythonTextCleaner.unicodeVersion)

  static func cleaned(_ text: String) -> [Unicode.Scalar] {
    PythonTextCleaner.lowercased(repaired(Array(text.unicodeScalars)))
  }

  private static func repaired(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var isMarkup = false
    var begin = 0
    while begin < scalars.count {
      let end = scalars[begin...].firstIndex(of: "\n").map { $0 + 1 } ?? scalars.count
      var line = Array(scalars[begin..<end])
      isMarkup = isMarkup || line.contains("<")
      for _ in 0..<maximumRoundCount {
        let before = line
        line = repairedOnce(isMarkup ? line : HTMLEntities.unescaped(line))
        if line == before { break }
      }
      result += line
      begin = end
    }
    return result
  }

  private static func repairedOnce(_ line: [Unicode.Scalar]) -> [Unicode.Scalar] {
    if line.allSatisfy({ 0x20..<0x7f ~= $0.value || $0 == "\n" }) { return line }
    var plain: [Unicode.Scalar] = []
    plain.reserveCapacity(line.count)
    for scalar in line { appendPlain(scalar, to: &plain) }
    return composition.composed(withoutControls(plain))
  }

  // MARK: Characters that others stand for

  /// Letters that belong together typographically, or had to share one code.
  private static let ligatures: [Unicode.Scalar: String] = [
    "\u{132}": "IJ", "\u{133}": "ij", "\u{149}": "'n", "\u{1f1}": "DZ", "\u{1f2}": "Dz",
    "\u{1f3}": "dz", "\u{1c4}": "D\u{17d}", "\u{1c5}": "D\u{17e}", "\u{1c6}": "d\u{17e}",
    "\u{1c7}": "LJ", "\u{1c8}": "Lj", "\u{1c9}": "lj", "\u{1ca}": "NJ", "\u{1cb}": "Nj",
    "\u{1cc}": "nj", "\u{fb00}": "ff", "\u{fb01}": "fi", "\u{fb02}": "fl", "\u{fb03}": "ffi",
    "\u{fb04}": "ffl", "\u{fb05}": "\u{17f}t", "\u{fb06}": "st",
  ]

  private static func appendPlain(_ scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
    switch scalar.value {
    case 0..<0x80: result.append(scalar)
    case 0x80...0x9f:
      let sign = HTMLEntities.windows1252[Int(scalar.value - 0x80)]
      result.append(straightened(sign))
    case 0x132...0x1f3, 0xfb00...0xfb06:
      if let letters = ligatures[scalar] {
        result.append(contentsOf: letters.unicodeScalars)
      } else {
        result.append(scalar)
      }
    case 0x3000: result.append(" ")
    case 0xff01...0xffef:
      // Right for single characters, of which these are made.
      result.append(
        contentsOf: String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars)
    default: result.append(straightened(scalar))
    }
  }

  private static func straightened(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x2bc, 0x2018...0x201b: "'"
    case 0x201c...0x201f: "\""
    default: scalar
    }
  }

  // MARK: What disappears

  private static func withoutControls(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var position = 0
    while position < scalars.count {
      let scalar = scalars[position]
      if scalar == "\u{1b}", let end = escapeEnd(in: scalars, at: position) {
        position = end
        continue
      }
      switch scalar.value {
      case 0...0x8, 0xb, 0xe...0x1f, 0x7f, 0x206a...0x206f, 0xfeff, 0xfff9...0xfffc: break
      default: result.append(scalar)
      }
      position += 1
    }
    return result
  }

  /// Where the terminal escape at `begin` ends: a bracket, numbers and semicolons, a letter.
  private static func escapeEnd(in scalars: [Unicode.Scalar], at begin: Int) -> Int? {
    guard begin + 1 < scalars.count, scalars[begin + 1] == "[" else { return nil }
    let end = scalars[(begin + 2)...].firstIndex { $0 != ";" && !isDigit($0) }
    guard let end, scalars[end].isASCII, scalars[end].properties.isAlphabetic else { return nil }
    return end + 1
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .decimalNumber
      && scalar.isAssigned(inUnicode: PythonTextCleaner.unicodeVersion)
  }
}
