import Foundation
import Imaging
import Platform

/// `metrics.jsonl`: one JSON object per optimizer step, appended in groups; rewritten only when a
/// resumed run goes back to its checkpoint.
package struct MetricsLog {
  package struct Line: Codable, Equatable {
    package var stage: String
    package var step: Int
    /// Nil where it was not finite.
    package var loss: Double?
    package var learningRate: Double
    /// Before clipping; nil where it was not finite.
    package var gradientNorm: Double?
    package var parts: [String: Double]

    enum CodingKeys: String, CodingKey {
      case stage, step, loss
      case learningRate = "learning_rate"
      case gradientNorm = "gradient_norm"
      case parts
    }
  }

  package let path: String
  package private(set) var lines: [Line] = []
  private var unwritten: [Line] = []
  /// Whether the file holds something else than `lines` without `unwritten`.
  private var isDamaged = false

  /// - Parameter continuing: keeps what the file holds; otherwise it is emptied.
  package init(path: String, continuing: Bool) throws {
    self.path = path
    if continuing, FileManager.default.fileExists(atPath: path) {
      let decoder = JSONDecoder()
      let bytes = try InputFile.bytes(at: path, maximumByteCount: 1 << 30)
      let texts = bytes.split(separator: UInt8(ascii: "\n"))
      // The last line may be cut off by a kill; whatever can't be read is made again.
      lines = texts.compactMap { try? decoder.decode(Line.self, from: Data($0)) }
      isDamaged = lines.count != texts.count || (bytes.last ?? 0x0a) != 0x0a
    } else {
      try AtomicFile.write("", to: path)
    }
  }

  package mutating func add(_ report: StepReport, stage: String) {
    let line = Line(
      stage: stage, step: report.step, loss: report.loss.isFinite ? report.loss : nil,
      learningRate: report.learningRate,
      gradientNorm: report.gradientNorm.isFinite ? report.gradientNorm : nil,
      parts: report.parts.filter { $0.value.isFinite })
    lines.append(line)
    unwritten.append(line)
  }

  /// Drops what a stage logged after `step`, because it will be done again.
  package mutating func forget(stage: String, after step: Int) throws {
    let kept = lines.filter { $0.stage != stage || $0.step <= step }
    guard isDamaged || kept.count != lines.count else { return }
    try AtomicFile.write(kept.map { try Self.text($0) }.joined(), to: path)
    lines = kept
    unwritten = []
    isDamaged = false
  }

  /// Appends what was added since.
  package mutating func flush() throws {
    guard !unwritten.isEmpty else { return }
    let data = Data(try unwritten.map { try Self.text($0) }.joined().utf8)
    // Lines that were cut off would swallow the next ones.
    isDamaged = true
    do {
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: data)
    } catch {
      throw ReportableError(
        .inputOutput, "can't be appended to; check that it is there and that there is free space",
        path: path)
    }
    isDamaged = false
    unwritten = []
  }

  private static func text(_ line: Line) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
  }

  /// Draws the loss of one stage so far.
  func drawCurve(stage: String, to path: String) throws {
    let points = lines.filter { $0.stage == stage }.compactMap { line in
      line.loss.map { (step: line.step, value: $0) }
    }
    let image = LossCurve.draw(
      series: [(name: "\(stage) loss", points: points)], size: (width: 900, height: 500))
    try PNG.write(image, to: path)
  }
}
