/// Cleans text as transformers' Python class `CLIPTokenizer` does without ftfy.
///
/// 1. NUL, U+FFFD and everything of the categories control, format, private use and unassigned
///    disappears; tabs, line breaks and space separators are blanks.
/// 2. Ideographs of the CJK blocks get a blank on both sides.
/// 3. The text is composed (NFC) and put in lower case; accents stay.
///
/// Source: transformers 4.44.2, `models/clip/tokenization_clip.py`, `BasicTokenizer.tokenize`, with
/// Python 3.11, whose Unicode is 14.0. Goldens: `clip-tokenizer.json`, `clip-ids-python.json`.
enum PythonTextCleaner {
  static let unicodeVersion = 14

  static func cleaned(_ text: String) -> [Unicode.Scalar] {
    lowercased(CanonicalComposition(version: unicodeVersion).composed(kept(text)))
  }

  private static func kept(_ text: String) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x21...0x7e: result.append(scalar)
      case 0x09, 0x0a, 0x0d, 0x20: result.append(" ")
      case 0..<0x20, 0x7f, 0xfffd: continue
      default:
        guard scalar.isAssigned(inUnicode: unicodeVersion) else { continue }
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

  /// Python's `str.lower`.
  static func lowercased(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
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
      case _ where !scalar.isAssigned(inUnicode: unicodeVersion):
        result.append(scalar)
      default:
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  /// Unicode's Final_Sigma: a cased letter before and none after, case-ignorable ones aside.
  private static func isFinalSigma(_ index: Int, of scalars: [Unicode.Scalar]) -> Bool {
    guard let before = scalars[..<index].last(where: { !isCaseIgnorable($0) }), isCased(before)
    else { return false }
    let after = scalars[(index + 1)...].first { !isCaseIgnorable($0) }
    return after.map(isCased) != true
  }

  // The two characters whose properties later versions of Unicode changed.
  private static func isCased(_ scalar: Unicode.Scalar) -> Bool {
    (scalar.properties.isCased || scalar == "\u{295}")
      && scalar.isAssigned(inUnicode: unicodeVersion)
  }

  private static func isCaseIgnorable(_ scalar: Unicode.Scalar) -> Bool {
    (scalar.properties.isCaseIgnorable || scalar == "\u{1171e}")
      && scalar.isAssigned(inUnicode: unicodeVersion)
  }
}
