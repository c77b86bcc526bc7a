extension DetectionSample {
  /// The sample as InstructCV's scripts score it, for comparison with its published numbers only.
  ///
  /// For every true box the detection of its class that overlaps it most is kept if the overlap
  /// exceeds 0.5, with score 1; all other detections are deleted, so nothing false is left to count.
  /// One detection may be kept for two objects. Crowd boxes become ordinary ones.
  ///
  /// - Source: AlaaLab/InstructCV 0c24fed, `evaluate/evaluate_cls_seg_det.py`, `cal_bboxes_iou`;
  ///   `evaluate/Evaluate_AR.py`.
  /// - Reference quirk: areas are one pixel wider and higher than the intersection's.
  public func crossReferenced() -> DetectionSample {
    var kept: [DetectedBox] = []
    var ordinary: [TruthBox] = []
    for truth in truths {
      var best: (overlap: Double, index: Int)?
      for (index, detection) in detections.enumerated()
      where detection.classIndex == truth.classIndex {
        let overlap = Self.paperOverlap(truth.extent, detection.extent)
        if best.map({ overlap > $0.overlap }) ?? true { best = (overlap, index) }
      }
      if let best, best.overlap > 0.5 {
        var detection = detections[best.index]
        detection.score = 1
        kept.append(detection)
      }
      var copy = truth
      copy.isCrowd = false
      ordinary.append(copy)
    }
    return DetectionSample(truths: ordinary, detections: kept)
  }

  private static func paperOverlap(_ first: BoxExtent, _ second: BoxExtent) -> Double {
    let a = first.box
    let b = second.box
    let firstArea = (a.right - a.left + 1) * (a.bottom - a.top + 1)
    let secondArea = (b.right - b.left + 1) * (b.bottom - b.top + 1)
    let intersection =
      max(0, min(a.right, b.right) - max(a.left, b.left))
      * max(0, min(a.bottom, b.bottom) - max(a.top, b.top))
    return intersection / (firstArea + secondArea - intersection + 1e-6)
  }
}
