import Foundation

/// Canonical composition (NFC) as a library does it that knows Unicode up to some version.
///
/// Not Foundation's: the one of Swift 6.3 leaves a Hangul syllable and a final consonant apart, and
/// composes characters beyond U+FFFF by their lower 16 bits (U+10041 with U+0323 becomes U+1EA0).
/// Its decompositions of single characters are right and are what the tables are made of.
///
/// Source: Unicode Standard Annex 15 and chapter 3.11, 3.12 of the Unicode Standard.
struct CanonicalComposition {
  /// The library's version of Unicode; newer characters neither compose nor move.
  let version: Int

  func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // Nothing below U+0300 combines or is replaced.
    guard scalars.contains(where: { $0.value >= 0x300 }) else { return scalars }
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars { appendDecomposition(of: scalar, to: &result) }
    sortMarks(&result)
    return recomposed(result)
  }

  private func appendDecomposition(of scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
    if scalar.value < 0xc0 || !scalar.isAssigned(inUnicode: version) {
      result.append(scalar)
    } else {
      result.append(contentsOf: Self.decomposition(of: scalar))
    }
  }

  private static func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
  }

  private func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
    guard scalar.value >= 0x300, scalar.isAssigned(inUnicode: version) else { return 0 }
    return scalar.properties.canonicalCombiningClass.rawValue
  }

  /// Puts each run of marks in the order of their classes, equal ones as they come.
  private func sortMarks(_ scalars: inout [Unicode.Scalar]) {
    var begin = 0
    while begin < scalars.count {
      guard combiningClass(scalars[begin]) != 0 else {
        begin += 1
        continue
      }
      var marks: [(rank: Int, scalar: Unicode.Scalar)] = []
      var end = begin
      while end < scalars.count {
        let combiningClass = combiningClass(scalars[end])
        if combiningClass == 0 { break }
        marks.append((Int(combiningClass) << 32 | end - begin, scalars[end]))
        end += 1
      }
      marks.sort { $0.rank < $1.rank }
      for (index, mark) in marks.enumerated() { scalars[begin + index] = mark.scalar }
      begin = end
    }
  }

  /// Joins each starter with what follows it and isn't blocked.
  private func recomposed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let combiningClass = combiningClass(scalar)
      if let starter {
        // Blocked by what has stayed in between, unless that is of a lower class.
        let isNext = result.count == starter + 1
        if isNext || (lastClass != 0 && lastClass < combiningClass),
          let composite = composite(result[starter], scalar)
        {
          result[starter] = composite
          continue
        }
      }
      if combiningClass == 0 { starter = result.count }
      lastClass = combiningClass
      result.append(scalar)
    }
    return result
  }

  private func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    if let syllable = Self.syllable(first.value, second.value) { return syllable }
    let composite = Self.composites[UInt64(first.value) << 32 | UInt64(second.value)]
    return composite.flatMap { $0.isAssigned(inUnicode: version) ? $0 : nil }
  }

  /// Hangul: a leading consonant with a vowel, or those two with a final consonant.
  private static func syllable(_ first: UInt32, _ second: UInt32) -> Unicode.Scalar? {
    switch (first, second) {
    case (0x1100...0x1112, 0x1161...0x1175):
      return Unicode.Scalar(0xac00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28)
    case (0xac00...0xd7a3, 0x11a8...0x11c2) where (first - 0xac00) % 28 == 0:
      return Unicode.Scalar(first + (second - 0x11a7))
    default: return nil
    }
  }

  /// The blocks of all characters that two others make, to Unicode 15.
  private static let blocks: [ClosedRange<UInt32>] = [0xc0...0x30ff, 0x11000...0x11aff]

  /// The character that two others make, by both.
  private static let composites: [UInt64: Unicode.Scalar] = {
    var parts: [(whole: Unicode.Scalar, parts: [Unicode.Scalar])] = []
    for scalar in blocks.joined().lazy.compactMap(Unicode.Scalar.init) {
      let decomposition = decomposition(of: scalar)
      // Those that are not composed again are excluded from composition.
      if decomposition.count > 1,
        String(scalar).precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual([scalar])
      {
        parts.append((scalar, decomposition))
      }
    }
    // What is left without the last part has been made before.
    parts.sort { $0.parts.count < $1.parts.count }
    var wholes: [[Unicode.Scalar]: Unicode.Scalar] = [:]
    var composites: [UInt64: Unicode.Scalar] = [:]
    for (whole, parts) in parts {
      wholes[parts] = whole
      let rest = Array(parts.dropLast())
      if let first = rest.count == 1 ? rest[0] : wholes[rest], let second = parts.last {
        composites[UInt64(first.value) << 32 | UInt64(second.value)] = whole
      }
    }
    return composites
  }()
}
