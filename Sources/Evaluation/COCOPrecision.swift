/// The settings of a COCO evaluation.
public struct COCOParameters: Hashable, Sendable {
  /// A size class of objects, by area in pixels, both ends included.
  public struct AreaRange: Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// Pixels, both ends included.
    public let areas: ClosedRange<Double>

    /// A size class.
    public init(name: String, areas: ClosedRange<Double>) {
      self.name = name
      self.areas = areas
    }
  }

  /// Overlaps at which a detection counts as right: 0.5, 0.55 ... 0.95.
  public let thresholds: [Double]
  /// Recalls at which precision is read off: 0, 0.01 ... 1.
  public let recallPoints: [Double]
  /// Detections kept per image and class, ascending; average precision uses the last.
  public let detectionLimits: [Int]
  /// All, small, medium, large.
  public let areaRanges: [AreaRange]

  /// The usual settings, with chosen detection limits (three, ascending).
  public init(detectionLimits: [Int] = [1, 10, 100]) {
    let step = (0.95 - 0.5) / 9
    thresholds = (0..<10).map { $0 == 9 ? 0.95 : Double($0) * step + 0.5 }
    recallPoints = (0...100).map { $0 == 100 ? 1 : Double($0) * 0.01 }
    self.detectionLimits = detectionLimits
    areaRanges = [
      AreaRange(name: "all", areas: 0...1e10), AreaRange(name: "small", areas: 0...1024),
      AreaRange(name: "medium", areas: 1024...9216), AreaRange(name: "large", areas: 9216...1e10),
    ]
  }
}

/// Precision and recall of one class in one area range under one detection limit.
package struct COCOCurve {
  /// Interpolated precision at each recall point. `[thresholds, recallPoints]`.
  package var precision: [Double]
  /// Recall of all detections together. `[thresholds]`.
  package var recall: [Double]
}

/// Accumulates the outcomes of one class over all images into curves.
struct COCOAccumulation {
  let parameters: COCOParameters
  /// The images of one class that have a truth or a detection, in ascending order of image.
  let images: [COCOMatching]

  /// The curves of each area range and detection limit, `[areaRanges][detectionLimits]`; nil where
  /// no true object counts.
  ///
  /// - Source: pycocotools 2.0.11 `cocoeval.py`, `accumulate`. Goldens as ``COCOMatching``.
  func curves() -> [[COCOCurve?]] {
    let rankings = parameters.detectionLimits.map(ranking)
    return parameters.areaRanges.map { range in
      let outcomes = images.map {
        $0.outcome(thresholds: parameters.thresholds, areas: range.areas)
      }
      let regularCount = outcomes.reduce(0) { $0 + $1.regularCount }
      guard regularCount > 0 else { return rankings.map { _ in nil } }
      return rankings.map { curve(of: outcomes, ranking: $0, regularCount: regularCount) }
    }
  }

  private struct Ranked {
    let image: Int
    let detection: Int
  }

  /// All images' detections within the limit, the surest first; ties keep the order of images and
  /// then the order within the image.
  private func ranking(limit: Int) -> [Ranked] {
    let all = images.indices.flatMap { image in
      (0..<min(limit, images[image].scores.count)).map { Ranked(image: image, detection: $0) }
    }
    let scores = all.map { images[$0.image].scores[$0.detection] }
    return all.indices
      .sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
      .map { all[$0] }
  }

  private func curve(
    of outcomes: [COCOMatching.Outcome], ranking: [Ranked], regularCount: Int
  ) -> COCOCurve {
    var curve = COCOCurve(precision: [], recall: [])
    for level in parameters.thresholds.indices {
      var rightCount = 0.0
      var wrongCount = 0.0
      var recall: [Double] = []
      var precision: [Double] = []
      recall.reserveCapacity(ranking.count)
      precision.reserveCapacity(ranking.count)
      for entry in ranking {
        let outcome = outcomes[entry.image]
        let slot = level * images[entry.image].scores.count + entry.detection
        if !outcome.isIgnored[slot] {
          if outcome.isMatched[slot] { rightCount += 1 } else { wrongCount += 1 }
        }
        recall.append(rightCount / Double(regularCount))
        precision.append(rightCount / (wrongCount + rightCount + 1.0.ulp))
      }
      for index in stride(from: precision.count - 1, to: 0, by: -1)
      where precision[index] > precision[index - 1] {
        precision[index - 1] = precision[index]
      }
      var position = 0
      for point in parameters.recallPoints {
        while position < recall.count, recall[position] < point { position += 1 }
        curve.precision.append(position < recall.count ? precision[position] : 0)
      }
      curve.recall.append(recall.last ?? 0)
    }
    return curve
  }
}
