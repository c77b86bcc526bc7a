/// One named number of a score sheet, with how to write it and which way is better.
public struct ScoreFigure: Hashable, Sendable {
  /// How a score is written.
  public enum Format: Hashable, Sendable {
    /// A share, times 100, with one decimal.
    case percent
    /// A plain number with this many decimals, then the unit, if any.
    case number(decimals: Int, unit: String = "")
  }

  /// Which way is better.
  public enum Direction: String, Hashable, Sendable {
    case higherIsBetter
    case lowerIsBetter
    case neutral

    /// An arrow for table headings; empty when neither way is better.
    public var arrow: String {
      switch self {
      case .higherIsBetter: "↑"
      case .lowerIsBetter: "↓"
      case .neutral: ""
      }
    }
  }

  /// Short, as in a table heading: "mIoU".
  public let name: String
  /// The number itself, shares from 0 to 1.
  public let score: Score
  /// How it is written.
  public let format: Format
  /// Which way is better.
  public let direction: Direction

  /// A named number.
  public init(
    _ name: String, _ score: Score, _ format: Format = .percent,
    _ direction: Direction = .higherIsBetter
  ) {
    self.name = name
    self.score = score
    self.format = format
    self.direction = direction
  }

  /// The number as written, a dash when absent.
  public var text: String {
    switch format {
    case .percent: score.text(decimals: 1, scaledBy: 100)
    case .number(let decimals, _): score.text(decimals: decimals)
    }
  }

  /// What the number is counted in: "%", "m", nothing.
  public var unit: String {
    switch format {
    case .percent: "%"
    case .number(_, let unit): unit
    }
  }

  /// Name, unit and arrow: "RMSE m ↓".
  public var heading: String {
    [name, unit, direction.arrow].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The number as a table cell; shares carry a bar.
  var cell: ScoreTable.Cell {
    ScoreTable.Cell(text, fraction: format == .percent ? score.value : nil)
  }
}
