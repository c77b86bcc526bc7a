import Platform

/// A table of scores, for the terminal, for Markdown and for the report. The same scores give the
/// same text everywhere.
public struct ScoreTable: Hashable, Sendable {
  /// Which side of its column a cell keeps to.
  public enum Alignment: Hashable, Sendable {
    case leading
    case trailing
  }

  /// A column's heading.
  public struct Column: Hashable, Sendable {
    /// The heading.
    public let title: String
    /// Names lead, numbers trail.
    public let alignment: Alignment

    /// A column.
    public init(_ title: String, _ alignment: Alignment = .trailing) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// One cell.
  public struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    /// What it says.
    public let text: String
    /// The length of the bar the report draws behind it, 0 to 1; nil for none.
    public let fraction: Double?

    /// A cell, with or without a bar.
    public init(_ text: String, fraction: Double? = nil) {
      self.text = text
      self.fraction = fraction.map { min(max($0, 0), 1) }
    }

    /// A cell of plain text.
    public init(stringLiteral text: String) { self.init(text) }
  }

  /// What the table is about.
  public let title: String
  /// The headings.
  public let columns: [Column]
  /// Each as long as ``columns``.
  public let rows: [[Cell]]
  /// Rows set apart at the end: means, sums.
  public let totals: [[Cell]]

  /// - Precondition: every row has one cell for each column.
  public init(title: String, columns: [Column], rows: [[Cell]], totals: [[Cell]] = []) {
    for row in rows + totals {
      require(
        row.count == columns.count, "a row of \(row.count) cells in \(columns.count) columns")
    }
    self.title = title
    self.columns = columns
    self.rows = rows
    self.totals = totals
  }

  /// One row of figures, headed by their names.
  public init(title: String, figures: [ScoreFigure]) {
    self.init(
      title: title, columns: figures.map { Column($0.heading) }, rows: [figures.map(\.cell)])
  }

  /// Aligned columns of plain text, a rule under the heading and above the totals; ends with a line
  /// break. Control characters in names are shown as "?".
  public var text: String {
    let body = (rows + totals).map { row in row.map { Self.plain($0.text) } }
    let headings = columns.map { Self.plain($0.title) }
    let widths = columns.indices.map { index in
      max(headings[index].count, body.map { $0[index].count }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { index in
        let space = String(repeating: " ", count: widths[index] - cells[index].count)
        return columns[index].alignment == .leading ? cells[index] + space : space + cells[index]
      }
      return String(padded.joined(separator: "  ").trimmingTrailingSpaces) + "\n"
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
    var text = title.isEmpty ? "" : Self.plain(title) + "\n"
    text += line(headings) + rule
    for row in body.prefix(rows.count) { text += line(row) }
    if !totals.isEmpty { text += rule }
    for row in body.dropFirst(rows.count) { text += line(row) }
    return text
  }

  /// A Markdown table without the title, columns padded so that the source is readable too; totals
  /// are bold. Ends with a line break.
  public var markdown: String {
    let headings = columns.map { Self.escaped($0.title) }
    let body =
      rows.map { row in row.map { Self.escaped($0.text) } }
      + totals.map { row in
        row.map { $0.text.isEmpty ? "" : "**" + Self.escaped($0.text) + "**" }
      }
    let widths = columns.indices.map { index in
      max(3, headings[index].count, body.map { $0[index].count }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { index in
        let space = String(repeating: " ", count: widths[index] - cells[index].count)
        return columns[index].alignment == .leading ? cells[index] + space : space + cells[index]
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = columns.indices.map { index in
      let dashes = String(repeating: "-", count: widths[index] - 1)
      return columns[index].alignment == .leading ? "-" + dashes : dashes + ":"
    }
    return line(headings) + line(rule) + body.map(line).joined()
  }

  private static func plain(_ text: String) -> String {
    String(
      text.map { character in
        character.unicodeScalars.contains { $0.properties.generalCategory == .control }
          ? "?" : character
      })
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in plain(text) {
      if "\\|`*_<>[]&".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: Substring {
    var slice = self[...]
    while slice.last == " " { slice.removeLast() }
    return slice
  }
}
