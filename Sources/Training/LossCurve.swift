import Imaging
import Platform

/// Draws how losses and scores change over a run.
public enum LossCurve {
  /// How values are spread over the height.
  public enum Scale: Sendable {
    /// Logarithmic when all values are positive and the largest smoothed one is more than ten times
    /// the smallest, else linear.
    case automatic
    case linear
    /// Values that are not positive leave a gap.
    case logarithmic
  }

  /// A picture of one or more series over the steps: each as a smooth line over a faint one of the
  /// values themselves, with labelled axes and, from two series on, a legend. A single series' name stands in for
  /// a title.
  ///
  /// Values that are no finite number leave a gap. The height shows all smoothed values and the
  /// middle 98 in 100 of the raw ones, and smoothing passes over single spikes, so that these don't
  /// flatten the rest. The same input gives the same pixels.
  ///
  /// - Parameters:
  ///   - series: names in ASCII, points in ascending order of step; empty ones are allowed.
  ///   - size: at least 160 by 120 pixels.
  ///   - smoothing: at how many points' distance the weights of the moving average fall to 1/e;
  ///     below 1 the values themselves are drawn. A hundredth of each series when nil.
  public static func draw(
    series: [(name: String, points: [(step: Int, value: Double)])],
    size: (width: Int, height: Int) = (width: 960, height: 540), scale: Scale = .automatic,
    title: String = "", smoothing: Double? = nil
  ) -> Image {
    require(
      size.width >= 160 && size.height >= 120,
      "a plot needs at least 160x120 pixels, not \(size.width)x\(size.height)")
    let curves = series.enumerated().map { index, entry in
      let span = smoothing ?? Double(entry.points.count) / 100
      return Curve(
        name: entry.name, color: palette[index % palette.count], raw: entry.points,
        smooth: span < 1 ? entry.points : smoothed(entry.points, span: span))
    }
    var plot = CurvePlot(
      curves: curves, size: size, isLogarithmic: isLogarithmic(curves, scale), title: title)
    return plot.draw()
  }

  /// One series with what is drawn of it.
  struct Curve {
    let name: String
    let color: Color
    let raw: [(step: Int, value: Double)]
    let smooth: [(step: Int, value: Double)]
  }

  /// Told apart also by people who see few colours (Okabe and Ito's set).
  private static let palette = [
    Color(0, 114, 178), Color(213, 94, 0), Color(0, 158, 115), Color(204, 121, 167),
    Color(230, 159, 0), Color(86, 180, 233),
  ]

  private static func isLogarithmic(_ curves: [Curve], _ scale: Scale) -> Bool {
    switch scale {
    case .linear: return false
    case .logarithmic: return true
    case .automatic:
      let raw = curves.flatMap(\.raw).map(\.value).filter(\.isFinite)
      let smooth = curves.flatMap(\.smooth).map(\.value).filter(\.isFinite)
      guard let least = smooth.min(), let most = smooth.max() else { return false }
      return raw.allSatisfy { $0 > 0 } && most > 10 * least
    }
  }

  /// Averages the running median of five with exponential weights to both sides, so that the
  /// smooth line does not trail behind. The median takes out single spikes, which an average would
  /// smear; gaps stay gaps.
  static func smoothed(
    _ points: [(step: Int, value: Double)], span: Double
  ) -> [(step: Int, value: Double)] {
    let known = points.indices.filter { points[$0].value.isFinite }
    let medians = known.indices.map { position in
      let window = known[max(0, position - 2)...min(known.count - 1, position + 2)]
        .map { points[$0].value }.sorted()
      let middle = window.count / 2
      return window.count.isMultiple(of: 2)
        ? window[middle - 1] / 2 + window[middle] / 2 : window[middle]
    }
    let forward = trailingAverages(medians, span: span)
    let backward = Array(trailingAverages(medians.reversed(), span: span).reversed())
    var result = points
    for position in known.indices {
      result[known[position]].value = forward[position] / 2 + backward[position] / 2
    }
    return result
  }

  /// Exponential moving averages without the pull of their start towards 0.
  private static func trailingAverages(_ values: [Double], span: Double) -> [Double] {
    let keep = span / (span + 1)
    var average = 0.0
    var weight = 0.0
    return values.map { value in
      weight = keep * weight + 1
      // Moves by a share of the difference, halved first so that extreme values stay finite.
      average += 2 * (value / 2 - average / 2) / weight
      return average
    }
  }
}
