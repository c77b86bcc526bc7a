import Foundation
import TensorCore

/// Time and arithmetic by operation, of one repetition.
public struct OperationTable: Codable, Sendable {
  public struct Row: Codable, Sendable {
    public var operation: String
    public var phase: OperationProfile.Phase
    public var calls: Int
    /// The least of all repetitions.
    public var milliseconds: Double
    /// Time of all threads on a processor, the least too.
    public var processorMilliseconds: Double
    public var gigaflop: Double
  }

  /// The longest first.
  public var rows: [Row]

  /// - Parameter repetitions: what was measured in each; all did the same.
  init(_ repetitions: [[OperationProfile.Entry]]) {
    var rows: [String: Row] = [:]
    for entry in repetitions.joined() {
      let row = Row(
        operation: entry.name, phase: entry.phase, calls: entry.callCount,
        milliseconds: entry.seconds * 1e3, processorMilliseconds: entry.processorSeconds * 1e3,
        gigaflop: entry.operationCount / 1e9)
      let key = "\(entry.name) \(entry.phase)"
      var least = rows[key] ?? row
      least.milliseconds = min(least.milliseconds, row.milliseconds)
      least.processorMilliseconds = min(least.processorMilliseconds, row.processorMilliseconds)
      rows[key] = least
    }
    self.rows = rows.values.sorted { $0.milliseconds > $1.milliseconds }
  }

  func milliseconds(_ phase: OperationProfile.Phase) -> Double {
    rows.reduce(0) { $0 + ($1.phase == phase ? $1.milliseconds : 0) }
  }

  var gigaflop: Double { rows.reduce(0) { $0 + $1.gigaflop } }

  /// A table; rates are by time on the clock, and per second of one processor.
  public var text: String {
    let total = rows.reduce(0) { $0 + $1.milliseconds }
    let title = "        ms  share    cpu ms  calls  "
    return
      ([title + Self.column("operation") + "   GFLOP  GFLOP/s  /cpu s"]
      + rows.map { row in
        let share = 100 * row.milliseconds / max(total, 1e-9)
        let rates =
          row.gigaflop > 0
          ? String(
            format: "%8.2f%9.1f%8.1f", row.gigaflop, row.gigaflop / row.milliseconds * 1e3,
            row.gigaflop / max(row.processorMilliseconds, 1e-9) * 1e3) : ""
        return String(
          format: "%10.3f%6.1f%%%9.2f%7d  ", row.milliseconds, share, row.processorMilliseconds,
          row.calls) + Self.column("\(row.phase) \(row.operation)") + rates
      }).joined(separator: "\n")
  }

  private static func column(_ text: String) -> String {
    text.padding(toLength: 38, withPad: " ", startingAt: 0)
  }
}
