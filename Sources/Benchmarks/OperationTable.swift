import Foundation
import TensorCore

/// Time, arithmetic and memory of the operations of one repetition, by the shapes of their operands:
/// the layers of a model, equal ones together.
public struct OperationTable: Codable, Sendable {
  public struct Row: Codable, Sendable {
    public var operation: String
    /// Of the operands; empty where it does not matter.
    public var shape: String
    public var phase: OperationProfile.Phase
    public var calls: Int
    /// The least of all repetitions.
    public var milliseconds: Double
    /// Time of all threads on a processor, the least too.
    public var processorMilliseconds: Double
    public var gigaflop: Double
    /// Operands and results, each once.
    public var megabytes: Double
  }

  /// The longest first.
  public var rows: [Row]

  /// - Parameter repetitions: what was measured in each; all did the same.
  init(_ repetitions: [[OperationProfile.Entry]]) {
    let rows = repetitions.joined().map { entry in
      Row(
        operation: entry.name, shape: entry.shape, phase: entry.phase, calls: entry.callCount,
        milliseconds: entry.seconds * 1e3, processorMilliseconds: entry.processorSeconds * 1e3,
        gigaflop: entry.operationCount / 1e9, megabytes: Double(entry.byteCount) / 1e6)
    }
    self.rows = Self.combined(rows) { least, row in
      least.milliseconds = min(least.milliseconds, row.milliseconds)
      least.processorMilliseconds = min(least.processorMilliseconds, row.processorMilliseconds)
    }
  }

  /// One row for each operation, whatever its shape.
  var byOperation: [Row] {
    let rows = rows.map { row in
      var row = row
      row.shape = ""
      return row
    }
    return Self.combined(rows) { sum, row in
      sum.calls += row.calls
      sum.milliseconds += row.milliseconds
      sum.processorMilliseconds += row.processorMilliseconds
      sum.gigaflop += row.gigaflop
      sum.megabytes += row.megabytes
    }
  }

  /// Rows of one name, shape and phase made one by `combine`, the longest first.
  private static func combined(_ rows: [Row], _ combine: (inout Row, Row) -> Void) -> [Row] {
    var result: [String: Row] = [:]
    for row in rows {
      let key = "\(row.operation) \(row.shape) \(row.phase)"
      if var earlier = result[key] {
        combine(&earlier, row)
        result[key] = earlier
      } else {
        result[key] = row
      }
    }
    return result.values.sorted { $0.milliseconds > $1.milliseconds }
  }

  func milliseconds(_ phase: OperationProfile.Phase) -> Double {
    rows.reduce(0) { $0 + ($1.phase == phase ? $1.milliseconds : 0) }
  }

  var gigaflop: Double { rows.reduce(0) { $0 + $1.gigaflop } }

  /// A table of the operations and one of the layers.
  func lines(peak: PeakRate) -> [String] {
    table(byOperation, title: "operation", peak: peak) + [""]
      + table(rows, title: "layers of one shape", peak: peak)
  }

  private func table(_ rows: [Row], title: String, peak: PeakRate) -> [String] {
    let total = rows.reduce(0) { $0 + $1.milliseconds }
    let header = "        ms  share    cpu ms  calls  "
    return [header + Self.column(title) + "   GFLOP  GFLOP/s  of peak       MB    GB/s"]
      + rows.map { row in
        let share = 100 * row.milliseconds / max(total, 1e-9)
        return String(
          format: "%10.3f%6.1f%%%9.2f%7d  ", row.milliseconds, share, row.processorMilliseconds,
          row.calls)
          + Self.column("\(row.phase) \(row.operation) \(row.shape)") + Self.rates(row, peak)
      }
  }

  /// By time on the clock.
  private static func rates(_ row: Row, _ peak: PeakRate) -> String {
    let seconds = max(row.milliseconds, 1e-9) / 1e3
    let rate = row.gigaflop / seconds
    let arithmetic =
      row.gigaflop > 0
      ? String(
        format: "%8.2f%9.1f%8.0f%%", row.gigaflop, rate, 100 * rate / peak.gigaflopPerSecond)
      : String(repeating: " ", count: 26)
    let traffic =
      row.megabytes > 0
      ? String(format: "%9.1f%8.1f", row.megabytes, row.megabytes / 1e3 / seconds) : ""
    return arithmetic + traffic
  }

  private static func column(_ text: String) -> String {
    let width = 62
    return text.count < width ? text.padding(toLength: width, withPad: " ", startingAt: 0) : text
  }
}
