/// Cleans text as the Rust library `tokenizers` does for CLIP: nothing disappears.
///
/// 1. The text is composed (NFC).
/// 2. Runs of white space become one blank.
/// 3. Every character is put in lower case for itself, so there is no final sigma.
///
/// Source: transformers 5.24.0, `models/clip/tokenization_clip.py`, `CLIPTokenizer.__init__`, with
/// tokenizers 0.23.3. Golden: `clip-ids-fast.json`.
enum FastTextCleaner {
  /// The marks that newer versions added are not put in order.
  private static let composition = CanonicalComposition(version: 9)

  static func cleaned(_ text: some StringProtocol) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in composition.composed(Array(text.unicodeScalars)) {
      if scalar.properties.isWhitespace {
        if result.last != " " { result.append(" ") }
      } else if scalar.isASCII {
        let isCapital = (0x41...0x5a).contains(scalar.value)
        result.append(isCapital ? Unicode.Scalar(UInt8(scalar.value + 0x20)) : scalar)
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }
}
