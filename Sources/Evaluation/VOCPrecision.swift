import Imaging

/// How well boxes were found, by PASCAL VOC's rules.
public struct VOCScores: Encodable, Hashable, Sendable {
  /// How the precision/recall curve becomes one number.
  public enum Interpolation: String, Codable, CaseIterable, Sendable {
    /// VOC 2007: the mean of the best precision at recall 0, 0.1 ... 1.
    case elevenPoints
    /// VOC 2010 and later: the area under the curve made non-increasing.
    case area
  }

  /// One row of the table.
  public struct ClassRow: Encodable, Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// Absent when the class has no object that counts.
    public let averagePrecision: Score
    /// True boxes that are not difficult.
    public let truthCount: Int
    /// Detections made.
    public let detectionCount: Int
  }

  /// How the curves were turned into numbers.
  public let interpolation: Interpolation
  /// Mean over the classes that occur.
  public let meanAveragePrecision: Score
  /// All classes, in the order given.
  public let classes: [ClassRow]
}

extension VOCScores {
  /// Scores detections at overlap 0.5 (strictly greater), boxes inclusive of their last pixel.
  ///
  /// Over all images the surest detection comes first. Each is compared with the one true box of
  /// its image and class that it overlaps most: difficult, it is not counted; free, it is right; and
  /// taken, it is wrong, without a second choice.
  ///
  /// - Parameters:
  ///   - samples: one for each image; their order breaks ties between equal scores. Boxes are
  ///     VOC's `xmin, ymin, xmax, ymax` as edges, i.e. `width` is `xmax - xmin`.
  ///   - classes: the names the samples' class indices point into.
  /// - Source: PASCAL VOC development kit (2012) and its common Python port; golden
  ///   `voc-random.json`, made by an independent script.
  public static func voc(
    _ samples: [DetectionSample], classes: [String], interpolation: Interpolation = .area
  ) -> VOCScores {
    for sample in samples { sample.checkClasses(classes.count) }
    let rows = classes.indices.map { index in
      let truthCount = samples.reduce(0) { count, sample in
        count + sample.truths.count { $0.classIndex == index && !$0.isDifficult }
      }
      let ranked = rank(samples, classIndex: index)
      let curve = precisionAndRecall(
        ranked, samples: samples, classIndex: index, truthCount: truthCount)
      return ClassRow(
        name: classes[index],
        averagePrecision: truthCount == 0
          ? .absent : Score(average(curve.precision, curve.recall, interpolation)),
        truthCount: truthCount, detectionCount: ranked.count)
    }
    return VOCScores(
      interpolation: interpolation, meanAveragePrecision: .mean(of: rows.map(\.averagePrecision)),
      classes: rows)
  }

  private static func rank(
    _ samples: [DetectionSample], classIndex: Int
  ) -> [(sample: Int, detection: DetectedBox)] {
    let all = samples.indices.flatMap { sample in
      samples[sample].detections.filter { $0.classIndex == classIndex }.map {
        (sample: sample, detection: $0)
      }
    }
    return all.indices
      .sorted {
        let first = all[$0].detection.score
        let second = all[$1].detection.score
        return first == second ? $0 < $1 : first > second
      }
      .map { all[$0] }
  }

  private static func precisionAndRecall(
    _ ranked: [(sample: Int, detection: DetectedBox)], samples: [DetectionSample],
    classIndex: Int, truthCount: Int
  ) -> (precision: [Double], recall: [Double]) {
    var isTaken = samples.map { [Bool](repeating: false, count: $0.truths.count) }
    var precision: [Double] = []
    var recall: [Double] = []
    var rightCount = 0.0
    var wrongCount = 0.0
    for (sample, detection) in ranked {
      let truths = samples[sample].truths
      var best = (overlap: -Double.infinity, index: -1)
      for index in truths.indices where truths[index].classIndex == classIndex {
        let overlap = inclusiveOverlap(detection.extent.box, truths[index].extent.box)
        if overlap > best.overlap { best = (overlap, index) }
      }
      if best.overlap > 0.5 {
        if !truths[best.index].isDifficult {
          if isTaken[sample][best.index] {
            wrongCount += 1
          } else {
            rightCount += 1
            isTaken[sample][best.index] = true
          }
        }
      } else {
        wrongCount += 1
      }
      recall.append(rightCount / Double(max(truthCount, 1)))
      precision.append(rightCount / max(rightCount + wrongCount, Double.ulpOfOne))
    }
    return (precision, recall)
  }

  private static func inclusiveOverlap(_ a: Box, _ b: Box) -> Double {
    let width = max(0, min(a.right, b.right) - max(a.left, b.left) + 1)
    let height = max(0, min(a.bottom, b.bottom) - max(a.top, b.top) + 1)
    let intersection = width * height
    let union =
      (a.right - a.left + 1) * (a.bottom - a.top + 1)
      + (b.right - b.left + 1) * (b.bottom - b.top + 1) - intersection
    return intersection / union
  }

  private static func average(
    _ precision: [Double], _ recall: [Double], _ interpolation: Interpolation
  ) -> Double {
    switch interpolation {
    case .elevenPoints:
      return (0...10).reduce(0) { sum, step in
        let point = Double(step) * 0.1
        let best = recall.indices.lazy.filter { recall[$0] >= point }.map { precision[$0] }.max()
        return sum + (best ?? 0)
      } / 11
    case .area:
      var envelope = precision
      for index in stride(from: envelope.count - 1, to: 0, by: -1) {
        envelope[index - 1] = max(envelope[index - 1], envelope[index])
      }
      var previous = 0.0
      return recall.indices.reduce(0) { sum, index in
        defer { previous = recall[index] }
        return sum + (recall[index] - previous) * envelope[index]
      }
    }
  }
}
