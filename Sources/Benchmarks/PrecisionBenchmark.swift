import Foundation
import Kernels
import Platform
import TensorCore

/// What narrow weights cost in accuracy: the parts of an answer and the whole, beside those in `fp32`.
public struct PrecisionBenchmark {
  /// How far one part's result is from that in `fp32`.
  public struct Difference: Codable, Sendable {
    public var part: String
    /// Root of the mean square of the difference, divided by that of the result in `fp32`.
    public var relativeError: Double
    /// Largest difference, divided by the largest magnitude in `fp32`.
    public var largestRelativeError: Double
    /// Of a picture, with both clamped to its range, in dB; nil for other parts, and without bound for
    /// equal pictures.
    public var peakSignalToNoiseRatio: Double?
  }

  public struct Row: Codable, Sendable {
    public var precision: WeightPrecision
    /// Bytes of all weights in memory.
    public var weightByteCount: Int
    /// In the order of the parts.
    public var differences: [Difference]
  }

  public struct Result: Codable, Sendable {
    public var machine: MachineDescription
    public var name: String
    public var resolution: Int
    /// Of the whole answer.
    public var steps: Int
    public var weightByteCount: Int
    public var rows: [Row]
  }

  /// The model; its precision is of no meaning here.
  public var model: ModelBenchmark
  public var precisions: [WeightPrecision] = [.bf16, .int8]
  public var parts: [BenchmarkedPart] = [.textEncoder, .encode, .unet(batch: 3), .decode, .answer]

  /// Steps of the whole answer where nothing else is asked for.
  public static let usualSteps = 20

  public init(_ subject: ModelBenchmark.Subject) {
    model = ModelBenchmark(subject)
    model.steps = Self.usualSteps
  }

  /// Loads the model once for each precision, one at a time.
  ///
  /// - Throws: as ``ModelBenchmark/run(progress:)``.
  public func run(progress: (String) -> Void = { _ in }) throws -> Result {
    let exact = try results(in: .fp32, progress)
    let rows = try precisions.map { precision in
      let narrow = try results(in: precision, progress)
      return Row(
        precision: precision, weightByteCount: narrow.weightByteCount,
        differences: zip(parts, zip(narrow.tensors, exact.tensors)).map { part, pair in
          Difference(part, pair.0, beside: pair.1)
        })
    }
    return Result(
      machine: .current(), name: exact.name, resolution: exact.resolution, steps: exact.steps,
      weightByteCount: exact.weightByteCount, rows: rows)
  }

  private struct Results {
    var name: String
    var resolution: Int
    var steps: Int
    var weightByteCount: Int
    var tensors: [Tensor]
  }

  private func results(in precision: WeightPrecision, _ progress: (String) -> Void) throws
    -> Results
  {
    var model = model
    model.precision = precision
    progress("\(precision.rawValue): loading")
    let (answer, name, weightByteCount) = try model.loadedAnswer()
    let tensors = try parts.map { part in
      progress("\(precision.rawValue): \(part.title)")
      guard let tensor = answer.result(of: part)() else {
        throw ReportableError(.usage, "\(part.title) has no result that could be compared")
      }
      return tensor
    }
    defer { MemoryPool.trim() }
    return Results(
      name: name, resolution: answer.resolution, steps: answer.stepCount,
      weightByteCount: weightByteCount, tensors: tensors)
  }
}

extension PrecisionBenchmark.Difference {
  init(_ part: BenchmarkedPart, _ narrow: Tensor, beside exact: Tensor) {
    var squares = (error: 0.0, sum: 0.0, clamped: 0.0)
    var largest = (error: 0.0, magnitude: 0.0)
    for (a, b) in zip(narrow.floats, exact.floats) {
      let error = Double(a) - Double(b)
      squares.error += error * error
      squares.sum += Double(b) * Double(b)
      let clamped = Double(min(max(a, -1), 1)) - Double(min(max(b, -1), 1))
      squares.clamped += clamped * clamped
      largest.error = max(largest.error, abs(error))
      largest.magnitude = max(largest.magnitude, abs(Double(b)))
    }
    self.part = part.name
    relativeError = (squares.error / max(squares.sum, .leastNormalMagnitude)).squareRoot()
    largestRelativeError = largest.error / max(largest.magnitude, .leastNormalMagnitude)
    let isPicture = part == .decode || part == .answer
    // Pictures are in -1...1.
    let mean = squares.clamped / Double(max(narrow.count, 1))
    peakSignalToNoiseRatio = isPicture && mean > 0 ? 10 * log10(4 / mean) : nil
  }
}

extension PrecisionBenchmark.Result {
  public var text: String {
    var lines = [
      machine.text, "",
      "\(name), \(resolution) pixels, \(steps) steps; beside fp32, whose weights "
        + "take \(weightByteCount >> 20) MB",
      "precision  weights MB  part           relative error     largest    PSNR dB",
    ]
    for row in rows {
      for difference in row.differences {
        let noise = difference.peakSignalToNoiseRatio.map { String(format: "%11.1f", $0) } ?? ""
        lines.append(
          row.precision.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0)
            + String(format: "%10d  ", row.weightByteCount >> 20)
            + difference.part.padding(toLength: 15, withPad: " ", startingAt: 0)
            + String(
              format: "%14.2e%12.2e", difference.relativeError, difference.largestRelativeError)
            + noise)
      }
    }
    return lines.joined(separator: "\n")
  }
}
