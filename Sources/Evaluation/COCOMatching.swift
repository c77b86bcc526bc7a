/// One image and class of a COCO evaluation: detections by falling score, their overlaps with the
/// truths, and the greedy assignment. Knows nothing of boxes, so masks or keypoints only need other
/// overlaps.
struct COCOMatching {
  /// By falling score, no more than the largest detection limit. `[detections]`.
  let scores: [Double]
  let detectionAreas: [Double]
  /// In file order. `[truths]`.
  let truthAreas: [Double]
  let isCrowd: [Bool]
  /// `[detections, truths]`.
  let overlaps: [Double]

  /// What became of the detections at every threshold.
  struct Outcome {
    /// `[thresholds, detections]`.
    var isMatched: [Bool]
    /// Counted neither as right nor as wrong. `[thresholds, detections]`.
    var isIgnored: [Bool]
    /// True objects that count.
    var regularCount: Int
  }

  /// Assigns detections to truths, the surest first; each takes the free truth it overlaps most,
  /// the later of two that tie. Ignored truths (crowds, sizes outside `areas`) are taken only when
  /// no regular one fits; crowds are never used up. A detection on an ignored truth, or unmatched
  /// and itself outside `areas`, is ignored.
  ///
  /// - Source: ppwwyyxx/cocoapi (pycocotools 2.0.11) `cocoeval.py`, `evaluateImg`. Goldens:
  ///   `coco-random.json`, `coco-val2017.json`.
  /// - Deviates: whether a truth is taken is a flag of its own, so annotation id 0 is not special.
  func outcome(thresholds: [Double], areas: ClosedRange<Double>) -> Outcome {
    let detectionCount = scores.count
    let truthCount = truthAreas.count
    let isIgnoredTruth = truthAreas.indices.map { isCrowd[$0] || !areas.contains(truthAreas[$0]) }
    let order =
      truthAreas.indices.filter { !isIgnoredTruth[$0] }
      + truthAreas.indices.filter { isIgnoredTruth[$0] }
    var outcome = Outcome(
      isMatched: [Bool](repeating: false, count: thresholds.count * detectionCount),
      isIgnored: [Bool](repeating: false, count: thresholds.count * detectionCount),
      regularCount: isIgnoredTruth.count { !$0 })
    var isTaken = [Bool](repeating: false, count: truthCount)
    for (level, threshold) in thresholds.enumerated() {
      for index in isTaken.indices { isTaken[index] = false }
      for detection in 0..<detectionCount {
        let slot = level * detectionCount + detection
        var best = min(threshold, 1 - 1e-10)
        var match: Int?
        for truth in order {
          if isTaken[truth] && !isCrowd[truth] { continue }
          if let match, !isIgnoredTruth[match], isIgnoredTruth[truth] { break }
          let overlap = overlaps[detection * truthCount + truth]
          if overlap < best { continue }
          best = overlap
          match = truth
        }
        if let match {
          isTaken[match] = true
          outcome.isMatched[slot] = true
          outcome.isIgnored[slot] = isIgnoredTruth[match]
        } else {
          outcome.isIgnored[slot] = !areas.contains(detectionAreas[detection])
        }
      }
    }
    return outcome
  }
}

extension COCOMatching {
  /// The boxes of one class in one image; nil when there are neither truths nor detections.
  init?(truths: [TruthBox], detections: [DetectedBox], limit: Int) {
    if truths.isEmpty && detections.isEmpty { return nil }
    let order = detections.indices.sorted {
      detections[$0].score == detections[$1].score
        ? $0 < $1 : detections[$0].score > detections[$1].score
    }
    let kept = order.prefix(limit).map { detections[$0] }
    scores = kept.map(\.score)
    detectionAreas = kept.map(\.extent.area)
    truthAreas = truths.map(\.area)
    isCrowd = truths.map(\.isCrowd)
    overlaps = kept.flatMap { detection in
      truths.map { detection.extent.overlap(with: $0.extent, isCrowd: $0.isCrowd) }
    }
  }
}
