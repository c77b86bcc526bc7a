/// Cuts cleaned text into the pieces that are encoded one by one: special tokens, English
/// contractions, runs of letters, single digits, and runs of anything else but blanks.
///
/// Source: the pattern in transformers' `models/clip/tokenization_clip.py`, which
/// ``TextCleaning/python`` and ``TextCleaning/ftfy`` apply with case ignored.
struct CLIPTextSplitter {
  let cleaning: TextCleaning

  /// The pieces of `text`, which is cleaned first, as UTF-8.
  func pieces(of text: String) -> [[UInt8]] {
    switch cleaning {
    case .python: pieces(ofClean: PythonTextCleaner.cleaned(text))
    case .ftfy: pieces(ofClean: FtfyTextCleaner.cleaned(text))
    case .fast: pieces(ofClean: FastTextCleaner.cleaned(text))
    }
  }

  /// The pieces of cleaned text, as UTF-8.
  func pieces(ofClean scalars: [Unicode.Scalar]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var begin = 0
    while begin < scalars.count {
      let kind = kind(scalars[begin])
      guard kind != .blank else {
        begin += 1
        continue
      }
      var end = begin + 1
      let fixedLength = fixedPieceLength(scalars, at: begin)
      if let fixedLength {
        end = begin + fixedLength
      } else if kind != .number {
        while end < scalars.count, self.kind(scalars[end]) == kind { end += 1 }
      }
      let piece = scalars[begin..<end]
      if fixedLength != nil, scalars[begin] == "<", cleaning == .fast {
        // The Rust library cuts every piece again, by a pattern without special tokens.
        let name = piece.dropFirst(Self.specialMargin).dropLast(Self.specialMargin)
        result += [piece[..<name.startIndex], name, piece[name.endIndex...]].map(Self.utf8)
      } else {
        result.append(Self.utf8(piece))
      }
      begin = end
    }
    return result
  }

  private enum Kind { case letter, number, blank, other }

  /// Unicode's version that the classes of the reference's patterns come from. What is newer than
  /// Unicode 14 does not reach Python's pattern without ftfy.
  private var unicodeVersion: Int { cleaning == .fast ? 16 : 15 }

  private func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar.value {
    case 0x61...0x7a: return .letter
    case 0x30...0x39: return .number
    case 0x20: return .blank
    case 0x21..<0x80: return .other
    // Reference quirk: a Greek iota below on its own is in no class of the pattern when case is
    // ignored, and so falls through it.
    case 0x345 where cleaning != .fast: return .blank
    default:
      if !scalar.isAssigned(inUnicode: unicodeVersion) { return .other }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        return .letter
      case .decimalNumber, .letterNumber, .otherNumber: return .number
      default: return scalar.properties.isWhitespace ? .blank : .other
      }
    }
  }

  /// Tried before anything else, in this order.
  private static let fixedPieces: [[Unicode.Scalar]] = [
    CLIPTokenizer.startToken, CLIPTokenizer.endToken, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d",
  ].map { Array($0.unicodeScalars) }

  /// Characters before and after the name of a special token.
  private static let specialMargin = 2

  private func fixedPieceLength(_ scalars: [Unicode.Scalar], at begin: Int) -> Int? {
    guard scalars[begin] == "'" || scalars[begin] == "<" else { return nil }
    return Self.fixedPieces.first { fixed in
      begin + fixed.count <= scalars.count
        && zip(fixed, scalars[begin...]).allSatisfy {
          // Where case is ignored, the old long s is a lower-case s.
          $0 == $1 || ($0 == "s" && $1 == "\u{17f}" && cleaning != .fast)
        }
    }?.count
  }

  private static func utf8(_ scalars: ArraySlice<Unicode.Scalar>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars { result.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
    return result
  }
}
