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
        milliseconds: entry.seconds * 1e3, gigaflop: entry.operationCount / 1e9)
      let key = "\(entry.name) \(entry.phase)"
      if let known = rows[key], known.milliseconds <= row.milliseconds { continue }
      rows[key] = row
    }
    self.rows = rows.values.sorted { $0.milliseconds > $1.milliseconds }
  }

  func milliseconds(_ phase: OperationProfile.Phase) -> Double {
    rows.reduce(0) { $0 + ($1.phase == phase ? $1.milliseconds : 0) }
  }

  var gigaflop: Double { rows.reduce(0) { $0 + $1.gigaflop } }

  public var text: String {
    let total = rows.reduce(0) { $0 + $1.milliseconds }
    let lines = rows.map { row in
      let rate =
        row.gigaflop > 0
        ? String(format: "%9.3f%9.1f", row.gigaflop, row.gigaflop / row.milliseconds * 1e3) : ""
      return String(
        format: "%10.3f%6.1f%%%7d  ", row.milliseconds, 100 * row.milliseconds / max(total, 1e-9),
        row.calls)
        + "\(row.phase) \(row.operation)".padding(toLength: 40, withPad: " ", startingAt: 0) + rate
    }
    let title = "        ms  share  calls  operation"
    return ([title.padding(toLength: 66, withPad: " ", startingAt: 0) + "GFLOP  GFLOP/s"] + lines)
      .joined(separator: "\n")
  }
}
