import Foundation

/// Cleans a prompt and cuts it into the pieces that are encoded one by one.
///
/// As transformers' slow CLIPTokenizer without ftfy installed:
/// 1. NUL, U+FFFD and everything of the categories control, format (joiners inside emoji too),
///    private use and unassigned disappears; tabs, line breaks and space separators are blanks.
/// 2. Ideographs of the CJK blocks get a blank on both sides.
/// 3. The text is composed (NFC) and put in lower case; accents stay.
/// 4. Pieces are special tokens, English contractions, runs of letters, single digits, and runs of
///    anything else but blanks.
///
/// Nothing is repaired: HTML entities and mojibake stay as they are.
///
/// Source: transformers 4.46.3, `models/clip/tokenization_clip.py`, `CLIPTokenizer._tokenize` and
/// `BasicTokenizer`. Golden: `clip-tokenizer.json`.
/// Limitations: "unassigned" is that of this Swift library, a newer Unicode than Python 3.11's 14.0,
/// where characters that are newer still disappear.
enum CLIPTextSplitter {
  /// The pieces of `text` as UTF-8.
  static func pieces(of text: String) -> [[UInt8]] {
    pieces(ofClean: lowercased(composed(cleaned(text))))
  }

  private static func cleaned(_ text: String) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x21...0x7e: result.append(scalar)
      case 0x09, 0x0a, 0x0d, 0x20: result.append(" ")
      case 0..<0x20, 0x7f, 0xfffd: continue
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: continue
        case .spaceSeparator: result.append(" ")
        default:
          if isIdeograph(scalar) {
            result.append(contentsOf: [" ", scalar, " "])
          } else {
            result.append(scalar)
          }
        }
      }
    }
    return result
  }

  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2ceaf, 0xf900...0xfaff,
      0x2f800...0x2fa1f:
      true
    default: false
    }
  }

  private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // Nothing below U+0300 combines or is replaced.
    guard scalars.contains(where: { $0.value >= 0x300 }) else { return scalars }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return Array(String(text).precomposedStringWithCanonicalMapping.unicodeScalars)
  }

  private static func lowercased(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    for (index, scalar) in scalars.enumerated() {
      switch scalar.value {
      case 0x41...0x5a:
        result.append(Unicode.Scalar(UInt8(scalar.value + 0x20)))
      case 0..<0x80:
        result.append(scalar)
      case 0x3a3:
        result.append(isFinalSigma(index, of: scalars) ? "\u{3c2}" : "\u{3c3}")
      default:
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  /// Unicode's Final_Sigma: a cased letter before and none after, case-ignorable ones aside.
  private static func isFinalSigma(_ index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    guard let before = scalars[..<index].last(where: { !$0.properties.isCaseIgnorable }),
      before.properties.isCased
    else { return false }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return after?.properties.isCased != true
  }

  private enum Kind { case letter, number, blank, other }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar.value {
    case 0x61...0x7a: return .letter
    case 0x30...0x39: return .number
    case 0x20: return .blank
    case 0x21..<0x80: return .other
    // Reference quirk: a Greek iota below on its own is in no class of the reference's pattern when
    // case is ignored, and so falls through it.
    case 0x345: return .blank
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        return .letter
      case .decimalNumber, .letterNumber, .otherNumber: return .number
      case .lineSeparator, .paragraphSeparator: return .blank
      default: return .other
      }
    }
  }

  /// Tried before anything else, in this order.
  private static let fixedPieces: [[Unicode.Scalar]] = [
    CLIPTokenizer.startToken, CLIPTokenizer.endToken, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d",
  ].map { Array($0.unicodeScalars) }

  private static func pieces(ofClean scalars: [Unicode.Scalar]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var begin = 0
    while begin < scalars.count {
      let kind = kind(scalars[begin])
      guard kind != .blank else {
        begin += 1
        continue
      }
      var end = begin + 1
      if let length = fixedPieceLength(scalars, at: begin) {
        end = begin + length
      } else if kind != .number {
        while end < scalars.count, self.kind(scalars[end]) == kind { end += 1 }
      }
      var piece: [UInt8] = []
      for scalar in scalars[begin..<end] {
        piece.append(contentsOf: UTF8.encode(scalar) ?? .init())
      }
      result.append(piece)
      begin = end
    }
    return result
  }

  private static func fixedPieceLength(_ scalars: [Unicode.Scalar], at begin: Int) -> Int? {
    guard scalars[begin] == "'" || scalars[begin] == "<" else { return nil }
    return fixedPieces.first { fixed in
      begin + fixed.count <= scalars.count
        && zip(fixed, scalars[begin...]).allSatisfy {
          // The pattern ignores case, and the old long s is a lower-case s to it.
          $0 == $1 || ($0 == "s" && $1 == "\u{17f}")
        }
    }?.count
  }
}
