/// A name from a file in quotation marks, fit for one line of a terminal.
package func quoted(_ name: String) -> String { quoted(name, limit: 100) }

/// As above, cut to `limit` characters (Unicode scalars).
package func quoted(_ name: String, limit: Int) -> String {
  var text = "\""
  for scalar in name.unicodeScalars.prefix(limit) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      text += "\\u{" + String(scalar.value, radix: 16) + "}"
    default:
      text.unicodeScalars.append(scalar)
    }
  }
  return text + (name.unicodeScalars.count > limit ? "...\"" : "\"")
}
