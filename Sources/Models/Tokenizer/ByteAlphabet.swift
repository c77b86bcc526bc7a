/// The visible character that stands for each byte in vocabulary files.
///
/// Bytes that are printable in Latin-1 stand for themselves; the other 68 take the characters from
/// U+0100 on, in the order of the bytes.
/// Source: openai/CLIP, `clip/simple_tokenizer.py`, `bytes_to_unicode`.
package enum ByteAlphabet {
  /// Marks the last symbol of a word in vocabulary files.
  package static let wordEnd = "</w>"

  /// All bytes in the order that vocabularies list them: the printable ones first.
  package static let bytes: [UInt8] =
    (0...255).filter(isPrintable) + (0...255).filter { !isPrintable($0) }

  /// The character of each byte, by the byte's value.
  package static let scalars: [Unicode.Scalar] = {
    var result = (UInt8.min...UInt8.max).map { Unicode.Scalar($0) }
    var next: UInt16 = 0x100
    for byte in bytes where !isPrintable(byte) {
      if let scalar = Unicode.Scalar(next) { result[Int(byte)] = scalar }
      next += 1
    }
    return result
  }()

  /// The byte of each character, by the character's code, or nil.
  private static let bytesOfCodes: [UInt8?] = {
    var result = [UInt8?](repeating: nil, count: 0x100 + bytes.count)
    for byte in bytes { result[Int(scalars[Int(byte)].value)] = byte }
    return result
  }()

  /// `bytes` as a vocabulary file spells them.
  package static func token(of bytes: some Sequence<UInt8>, endsWord: Bool = false) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text) + (endsWord ? wordEnd : "")
  }

  /// The bytes that `token` stands for, its end of word taken off; nil when it has a character that
  /// stands for no byte.
  package static func bytes(of token: String) -> (bytes: [UInt8], endsWord: Bool)? {
    let endsWord =
      token.utf8.count > wordEnd.utf8.count
      && token.utf8.suffix(wordEnd.utf8.count).elementsEqual(wordEnd.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(token.utf8.count)
    for scalar in token.unicodeScalars {
      guard scalar.value < bytesOfCodes.count, let byte = bytesOfCodes[Int(scalar.value)] else {
        return nil
      }
      result.append(byte)
    }
    if endsWord { result.removeLast(wordEnd.utf8.count) }
    return (result, endsWord)
  }

  private static func isPrintable(_ byte: UInt8) -> Bool {
    (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || byte >= 0xae
  }
}
