/// HTML under construction. What is interpolated is either other `Markup`, taken as it is, or
/// `text:`, escaped; a bare string does not compile, so escaping can't be forgotten.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  private(set) var source: String

  init(stringLiteral source: String) { self.source = source }

  init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

  static func += (left: inout Markup, right: Markup) { left.source += right.source }

  /// The pieces one after the other.
  static func joined(_ pieces: [Markup]) -> Markup {
    var result: Markup = ""
    for piece in pieces { result += piece }
    return result
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { source += literal }

    mutating func appendInterpolation(_ markup: Markup) { source += markup.source }

    /// HTML allows neither control characters nor noncharacters.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory != .control && !scalar.properties.isNoncharacterCodePoint
    }

    mutating func appendInterpolation(_ number: Int) { source += "\(number)" }

    mutating func appendInterpolation(text: String) {
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": source += "&amp;"
        case "<": source += "&lt;"
        case ">": source += "&gt;"
        case "\"": source += "&quot;"
        case "'": source += "&#39;"
        case "\n", "\t": source.unicodeScalars.append(scalar)
        default:
          source.unicodeScalars.append(Self.isAllowed(scalar) ? scalar : "\u{FFFD}")
        }
      }
    }
  }
}
