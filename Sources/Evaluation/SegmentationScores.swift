/// How well masks were found.
public struct SegmentationScores: Encodable, Hashable, Sendable {
  /// One row of the table.
  public struct ClassRow: Encodable, Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// Intersection over union of all images' pixels; absent when the class never occurs.
    public let intersectionOverUnion: Score
    /// Share of predicted pixels that are right.
    public let precision: Score
    /// Share of true pixels that were found.
    public let recall: Score
    /// Queries whose image shows the class.
    public let presentCount: Int
    /// Queries altogether.
    public let queryCount: Int
    /// True pixels over the whole set.
    public let truthPixels: Int
    /// Predicted pixels over the whole set.
    public let predictedPixels: Int
  }

  /// The rules applied.
  public let rules: EvaluationProtocol
  /// The number to quote under ``rules``: ``meanIoU`` or ``imageMeanIoU``.
  public let headline: Score
  /// Intersections and unions of each class are added over the whole set; mean over the classes
  /// that occur in the ground truth. A class that never occurs is left out whatever was predicted
  /// for it (its false positives are in the table).
  public let meanIoU: Score
  /// Mean over images of the mean over the classes each image shows.
  public let imageMeanIoU: Score
  /// Mean of foreground and background IoU, all classes together (few-shot segmentation's FB-IoU).
  public let foregroundBackgroundIoU: Score
  /// Share of compared pixels labelled rightly, over all queries.
  public let pixelAccuracy: Score
  /// Images scored.
  public let imageCount: Int
  /// Queries answered.
  public let queryCount: Int
  /// All classes, in the tally's order.
  public let classes: [ClassRow]
}

extension SegmentationTally {
  /// The scores of everything added so far.
  ///
  /// Under the paper's rules each query's IoU is `(255 I + 1e-6) / (255 U + 1e-6)`, as InstructCV's
  /// script has it (`Source:` AlaaLab/InstructCV, `calc_iou`). `Deviates:` the masks compared are
  /// the task's own; the script's resampling of the ground truth is not repeated.
  public func scores(_ rules: EvaluationProtocol = .standard) -> SegmentationScores {
    var totals = [Counts](repeating: Counts(), count: classes.count)
    var presentCounts = [Int](repeating: 0, count: classes.count)
    var queryCounts = [Int](repeating: 0, count: classes.count)
    var all = Counts()
    for entry in entries {
      totals[entry.classIndex] += entry.counts
      all += entry.counts
      queryCounts[entry.classIndex] += 1
      if entry.counts.truth > 0 { presentCounts[entry.classIndex] += 1 }
    }
    let rows = classes.indices.map { index in
      let total = totals[index]
      return SegmentationScores.ClassRow(
        name: classes[index],
        intersectionOverUnion: total.truth > 0 ? total.intersectionOverUnion : .absent,
        precision: .ratio(total.intersection, total.predicted),
        recall: .ratio(total.intersection, total.truth), presentCount: presentCounts[index],
        queryCount: queryCounts[index], truthPixels: total.truth, predictedPixels: total.predicted)
    }
    let meanIoU = Score.mean(of: rows.map(\.intersectionOverUnion))
    let imageScores = imageMeans(rules)
    let imageMeanIoU = Score.mean(of: imageScores.map(\.score))
    return SegmentationScores(
      rules: rules, headline: rules == .standard ? meanIoU : imageMeanIoU, meanIoU: meanIoU,
      imageMeanIoU: imageMeanIoU,
      foregroundBackgroundIoU: all.truth > 0
        ? .mean(of: [all.intersectionOverUnion, all.backgroundIntersectionOverUnion]) : .absent,
      pixelAccuracy: .ratio(all.compared - all.union + all.intersection, all.compared),
      imageCount: imageScores.count, queryCount: entries.count, classes: rows)
  }

  /// For each image, in order of first appearance, the mean IoU of the classes it shows; absent for
  /// an image that was only asked for things it does not show.
  public func imageMeans(_ rules: EvaluationProtocol = .standard) -> [(image: String, score: Score)]
  {
    var order: [String] = []
    var scores: [String: [Score]] = [:]
    for entry in entries {
      if scores[entry.image] == nil {
        order.append(entry.image)
        scores[entry.image] = []
      }
      guard entry.counts.truth > 0 else { continue }
      let score: Score =
        switch rules {
        case .standard: entry.counts.intersectionOverUnion
        case .paper:
          Score(
            (255 * Double(entry.counts.intersection) + 1e-6)
              / (255 * Double(entry.counts.union) + 1e-6))
        }
      scores[entry.image, default: []].append(score)
    }
    return order.map { ($0, Score.mean(of: scores[$0, default: []])) }
  }
}
