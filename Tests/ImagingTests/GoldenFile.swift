import Foundation
import Imaging
import Testing

/// Reads one of the files that Scripts/goldens/imaging/make.py wrote.
func golden<Content: Decodable>(_ name: String, as: Content.Type = Content.self) throws -> Content {
  let url = try #require(Bundle.module.url(forResource: "Goldens/\(name)", withExtension: "json"))
  return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
}

/// FNV-1a, 64 bits, as hash_of in noise.py writes it.
func hash(_ bytes: some Sequence<UInt8>) -> String {
  var value: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// A mask from base64 of its bits.
func unpacked(_ text: String, width: Int, height: Int) throws -> Mask {
  let bytes = [UInt8](try #require(Data(base64Encoded: text)))
  try #require(bytes.count == (width * height + 7) / 8)
  return Mask(
    width: width, height: height,
    elements: (0..<(width * height)).map { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) != 0 })
}

func bytes(_ base64: String) throws -> [UInt8] {
  [UInt8](try #require(Data(base64Encoded: base64)))
}

/// Expects equal masks; a failure shows where they differ.
func expectEqual(
  _ actual: Mask, _ expected: Mask, _ label: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let isEqual = actual == expected
  #expect(
    isEqual, "\(label)\n\(drawing(actual, against: expected))", sourceLocation: sourceLocation)
}

/// For failure messages: the mask as rows of letters, with the pixels that differ marked.
private func drawing(_ actual: Mask, against expected: Mask) -> String {
  guard actual.width == expected.width, actual.height == expected.height else {
    return "\(actual.width)x\(actual.height) instead of \(expected.width)x\(expected.height)"
  }
  return (0..<actual.height).map { y in
    String(
      (0..<actual.width).map { x -> Character in
        switch (actual[x, y], expected[x, y]) {
        case (true, true): "#"
        case (false, false): "."
        case (true, false): "+"
        case (false, true): "-"
        }
      })
  }.joined(separator: "\n")
}
