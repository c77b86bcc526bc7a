import Platform
import VisionTasks

/// `--colors red blue`
enum ColorsArgument {
  /// - Throws: ``ReportableError`` (`usage`) unless these are at least two colours, all different.
  static func palette(_ names: [String]) throws -> [NamedColor] {
    let palette = try names.map { name in
      guard let color = NamedColor(name) else {
        throw ReportableError(.usage, "unknown colour \"\(name)\"; use CSS names such as red")
      }
      return color
    }
    guard palette.count >= 2, Set(palette.map(\.color)).count == palette.count else {
      throw ReportableError(
        .usage,
        "--colors needs at least two colours, all different, not \(names.joined(separator: " "))")
    }
    return palette
  }
}
