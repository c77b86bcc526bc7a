import Imaging

/// A colour that an instruction can name: a CSS name as Pillow resolves it (green is 0, 128, 0) or
/// `#rrggbb`.
public struct NamedColor: Sendable, Hashable {
  /// The name in lower case, without spaces.
  public let name: String
  /// What the name stands for.
  public let color: Color

  /// The colour called `name`; case, spaces and hyphens don't matter. nil when there is none.
  public init?(_ name: String) {
    let compact = name.lowercased().filter { $0 != " " && $0 != "-" }
    if let value = Self.table[compact] {
      self.init(name: compact, value: value)
    } else if compact.hasPrefix("#"), compact.utf8.count == 7,
      compact.utf8.dropFirst().allSatisfy({ Self.isHexadecimal($0) }),
      let value = UInt32(compact.dropFirst(), radix: 16)
    {
      self.init(name: compact, value: value)
    } else {
      return nil
    }
  }

  private init(name: String, value: UInt32) {
    self.name = name
    self.color = Color(
      UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8),
      UInt8(truncatingIfNeeded: value))
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// Black, the colour of "no" where an instruction names none.
  public static let black = NamedColor(name: "black", value: 0)
  /// White, which stands in where black already means "yes".
  public static let white = NamedColor(name: "white", value: 0xFFFFFF)
}

extension NamedColor: Codable {
  /// Reads the name alone.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let color = NamedColor(name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(name)\" is no CSS colour name and no #rrggbb")
    }
    self = color
  }

  /// Writes the name alone.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
