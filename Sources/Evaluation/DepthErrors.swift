import Foundation
import Imaging
import Platform

/// Which pixels of a depth map count.
public struct DepthParameters: Hashable, Sendable {
  /// A window of a depth map of one known size.
  public struct Crop: Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// The size of map the window is defined for.
    public let width: Int
    /// Height in pixels.
    public let height: Int
    /// Rows of the window.
    public let rows: Range<Int>
    /// Columns of the window.
    public let columns: Range<Int>

    /// A window of maps of one size; it must lie inside them.
    public init(name: String, width: Int, height: Int, rows: Range<Int>, columns: Range<Int>) {
      require(
        rows.lowerBound >= 0 && rows.upperBound <= height && columns.lowerBound >= 0
          && columns.upperBound <= width, "a crop reaches outside its \(width)x\(height) map")
      self.name = name
      self.width = width
      self.height = height
      self.rows = rows
      self.columns = columns
    }

    /// Eigen et al.'s window of NYU Depth v2.
    public static let eigen = Crop(
      name: "Eigen", width: 640, height: 480, rows: 45..<471, columns: 41..<601)
  }

  /// The rules applied.
  public let rules: EvaluationProtocol
  /// Metres. Under the standard rules a pixel counts when its true depth lies strictly between
  /// this and ``maximum``, and predictions are clamped to the two.
  public let minimum: Double
  /// Metres; see ``minimum``.
  public let maximum: Double
  /// The window evaluated, or nil for the whole map.
  public let crop: Crop?

  /// - Parameter rules: `.paper` ignores `minimum` and `maximum`.
  public init(
    rules: EvaluationProtocol = .standard, minimum: Double = 1e-3, maximum: Double = 10,
    crop: Crop? = nil
  ) {
    require(minimum > 0 && minimum < maximum, "depths from \(minimum) to \(maximum) m are no range")
    self.rules = rules
    self.minimum = minimum
    self.maximum = maximum
    self.crop = crop
  }
}

/// Sums over the pixels that count, from which every depth score follows.
public struct DepthSums: Hashable, Sendable {
  /// Pixels compared.
  public private(set) var pixelCount = 0
  private var squared = 0.0
  private var absoluteRelative = 0.0
  private var squaredRelative = 0.0
  private var logarithm = 0.0
  private var squaredLogarithm = 0.0
  private var absoluteLog10 = 0.0
  private var withinDelta = SIMD3<Int>.zero

  /// Nothing counted yet.
  public init() {}

  mutating func add(predicted: Double, truth: Double) {
    let difference = predicted - truth
    let logDifference = log(predicted) - log(truth)
    let ratio = max(truth / predicted, predicted / truth)
    pixelCount += 1
    squared += difference * difference
    absoluteRelative += abs(difference) / truth
    squaredRelative += difference * difference / truth
    logarithm += logDifference
    squaredLogarithm += logDifference * logDifference
    absoluteLog10 += abs(Foundation.log10(truth) - Foundation.log10(predicted))
    if ratio < 1.25 { withinDelta[0] += 1 }
    if ratio < 1.25 * 1.25 { withinDelta[1] += 1 }
    if ratio < 1.25 * 1.25 * 1.25 { withinDelta[2] += 1 }
  }

  static func += (left: inout DepthSums, right: DepthSums) {
    left.pixelCount += right.pixelCount
    left.squared += right.squared
    left.absoluteRelative += right.absoluteRelative
    left.squaredRelative += right.squaredRelative
    left.logarithm += right.logarithm
    left.squaredLogarithm += right.squaredLogarithm
    left.absoluteLog10 += right.absoluteLog10
    left.withinDelta &+= right.withinDelta
  }

  /// The scores of these pixels; all absent when there are none.
  public var errors: DepthErrors {
    let count = Double(pixelCount)
    func mean(_ sum: Double) -> Score { .ratio(sum, count) }
    func root(_ score: Score) -> Score { Score(score.value.map { max(0, $0).squareRoot() }) }
    let meanLog = logarithm / max(count, 1)
    return DepthErrors(
      rootMeanSquare: root(mean(squared)), absoluteRelative: mean(absoluteRelative),
      squaredRelative: mean(squaredRelative),
      rootMeanSquareLog: root(mean(squaredLogarithm)), log10: mean(absoluteLog10),
      delta1: .ratio(withinDelta[0], pixelCount), delta2: .ratio(withinDelta[1], pixelCount),
      delta3: .ratio(withinDelta[2], pixelCount),
      scaleInvariantLog: Score(
        pixelCount == 0
          ? nil : 100 * max(0, squaredLogarithm / count - meanLog * meanLog).squareRoot()))
  }
}

/// The depth scores of one set of pixels.
public struct DepthErrors: Encodable, Hashable, Sendable {
  /// √ mean (p − g)², metres.
  public let rootMeanSquare: Score
  /// Mean |p − g| / g.
  public let absoluteRelative: Score
  /// Mean (p − g)² / g, metres.
  public let squaredRelative: Score
  /// √ mean (ln p − ln g)².
  public let rootMeanSquareLog: Score
  /// Mean |log10 p − log10 g|.
  public let log10: Score
  /// Share of pixels with max(p / g, g / p) < 1.25.
  public let delta1: Score
  /// The same below 1.25².
  public let delta2: Score
  /// The same below 1.25³.
  public let delta3: Score
  /// 100 √ (mean e² − (mean e)²), e = ln p − ln g.
  public let scaleInvariantLog: Score
}
