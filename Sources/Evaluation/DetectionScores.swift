/// How well boxes were found, by COCO's rules.
public struct DetectionScores: Encodable, Hashable, Sendable {
  /// One row of the table.
  public struct ClassRow: Encodable, Hashable, Sendable {
    /// Name shown in tables.
    public let name: String
    /// Mean over the overlaps 0.5 ... 0.95; absent when the class never occurs.
    public let averagePrecision: Score
    /// At overlap 0.5.
    public let averagePrecision50: Score
    /// At overlap 0.75.
    public let averagePrecision75: Score
    /// With the largest detection limit.
    public let averageRecall: Score
    /// True boxes that count (no crowds).
    public let truthCount: Int
    /// Detections made.
    public let detectionCount: Int
  }

  /// The rules applied.
  public let rules: EvaluationProtocol
  /// The number to quote under ``rules``: ``averagePrecision``, or ``averagePrecision50`` for the
  /// paper's.
  public let headline: Score
  /// The official twelve, in their order.
  public let averagePrecision: Score
  /// mAP@0.5.
  public let averagePrecision50: Score
  /// At overlap 0.75.
  public let averagePrecision75: Score
  /// Objects up to 32² pixels.
  public let averagePrecisionSmall: Score
  /// Objects from 32² to 96² pixels.
  public let averagePrecisionMedium: Score
  /// Objects from 96² pixels.
  public let averagePrecisionLarge: Score
  /// With at most 1 detection for each image and class (100 under the paper's rules).
  public let averageRecallFirstLimit: Score
  /// With at most 10 (300).
  public let averageRecallSecondLimit: Score
  /// With at most 100 (1000).
  public let averageRecallThirdLimit: Score
  /// Objects up to 32² pixels, largest limit.
  public let averageRecallSmall: Score
  /// Objects from 32² to 96² pixels, largest limit.
  public let averageRecallMedium: Score
  /// Objects from 96² pixels, largest limit.
  public let averageRecallLarge: Score
  /// Detections kept per image and class.
  public let detectionLimits: [Int]
  /// Images scored.
  public let imageCount: Int
  /// True boxes that count.
  public let truthCount: Int
  /// Detections made.
  public let detectionCount: Int
  /// All classes, in the order given.
  public let classes: [ClassRow]

  /// The twelve summary numbers in pycocotools' order.
  public var summary: [Score] {
    [
      averagePrecision, averagePrecision50, averagePrecision75, averagePrecisionSmall,
      averagePrecisionMedium, averagePrecisionLarge, averageRecallFirstLimit,
      averageRecallSecondLimit, averageRecallThirdLimit, averageRecallSmall, averageRecallMedium,
      averageRecallLarge,
    ]
  }
}

extension DetectionScores {
  /// Scores detections as pycocotools does.
  ///
  /// Under the paper's rules the samples are first reduced by ``DetectionSample/crossReferenced()``
  /// and the detection limits are 100, 300 and 1000.
  ///
  /// - Parameters:
  ///   - samples: one for each image evaluated, in ascending order of image id (which breaks ties).
  ///   - classes: the names the samples' class indices point into.
  /// - Precondition: class indices lie within `classes`; detection scores are finite.
  /// - Source: pycocotools 2.0.11 `cocoeval.py`; goldens `coco-random.json`, `coco-val2017.json`.
  public static func coco(
    _ samples: [DetectionSample], classes: [String], rules: EvaluationProtocol = .standard
  ) -> DetectionScores {
    let parameters = COCOParameters(
      detectionLimits: rules == .standard ? [1, 10, 100] : [100, 300, 1000])
    let samples = rules == .standard ? samples : samples.map { $0.crossReferenced() }
    for sample in samples { sample.checkClasses(classes.count) }
    let grouped = COCOGrouping(samples, classCount: classes.count)
    return summarize(
      grouped.curves(parameters), grouped: grouped, parameters: parameters, classes: classes,
      rules: rules)
  }

  /// The curves behind the scores, `[classes][areaRanges][detectionLimits]`; nil where no true
  /// object counts.
  package static func curves(
    _ samples: [DetectionSample], classCount: Int, parameters: COCOParameters = COCOParameters()
  ) -> [[[COCOCurve?]]] {
    for sample in samples { sample.checkClasses(classCount) }
    return COCOGrouping(samples, classCount: classCount).curves(parameters)
  }

  private static func summarize(
    _ curves: [[[COCOCurve?]]], grouped: COCOGrouping, parameters: COCOParameters,
    classes: [String], rules: EvaluationProtocol
  ) -> DetectionScores {
    let last = parameters.detectionLimits.count - 1
    let level75 = 5
    let points = parameters.recallPoints.count
    func precision(_ selected: [[[COCOCurve?]]], area: Int = 0, level: Int? = nil) -> Score {
      Score.mean(
        of: selected.flatMap { curves -> ArraySlice<Double> in
          guard let curve = curves[area][last] else { return [] }
          return level.map { curve.precision[($0 * points)..<(($0 + 1) * points)] }
            ?? curve.precision[...]
        })
    }
    func recall(_ selected: [[[COCOCurve?]]], area: Int = 0, limit: Int) -> Score {
      Score.mean(of: selected.flatMap { $0[area][limit]?.recall ?? [] })
    }
    let rows = classes.indices.map { index in
      ClassRow(
        name: classes[index], averagePrecision: precision([curves[index]]),
        averagePrecision50: precision([curves[index]], level: 0),
        averagePrecision75: precision([curves[index]], level: level75),
        averageRecall: recall([curves[index]], limit: last),
        truthCount: grouped.truthCounts[index], detectionCount: grouped.detectionCounts[index])
    }
    let overall = precision(curves)
    let overall50 = precision(curves, level: 0)
    return DetectionScores(
      rules: rules, headline: rules == .standard ? overall : overall50,
      averagePrecision: overall, averagePrecision50: overall50,
      averagePrecision75: precision(curves, level: level75),
      averagePrecisionSmall: precision(curves, area: 1),
      averagePrecisionMedium: precision(curves, area: 2),
      averagePrecisionLarge: precision(curves, area: 3),
      averageRecallFirstLimit: recall(curves, limit: 0),
      averageRecallSecondLimit: recall(curves, limit: 1),
      averageRecallThirdLimit: recall(curves, limit: 2),
      averageRecallSmall: recall(curves, area: 1, limit: last),
      averageRecallMedium: recall(curves, area: 2, limit: last),
      averageRecallLarge: recall(curves, area: 3, limit: last),
      detectionLimits: parameters.detectionLimits, imageCount: grouped.imageCount,
      truthCount: grouped.truthCounts.reduce(0, +),
      detectionCount: grouped.detectionCounts.reduce(0, +), classes: rows)
  }
}

/// Samples sorted into classes, images in their order, empty pairs left out.
struct COCOGrouping {
  let imageCount: Int
  let truthCounts: [Int]
  let detectionCounts: [Int]
  private var groups: [[(truths: [TruthBox], detections: [DetectedBox])]]

  init(_ samples: [DetectionSample], classCount: Int) {
    imageCount = samples.count
    groups = [[(truths: [TruthBox], detections: [DetectedBox])]](repeating: [], count: classCount)
    var truthCounts = [Int](repeating: 0, count: classCount)
    var detectionCounts = [Int](repeating: 0, count: classCount)
    for sample in samples {
      let truths = Dictionary(grouping: sample.truths, by: \.classIndex)
      let detections = Dictionary(grouping: sample.detections, by: \.classIndex)
      for index in Set(truths.keys).union(detections.keys) {
        let group = (truths: truths[index] ?? [], detections: detections[index] ?? [])
        truthCounts[index] += group.truths.count { !$0.isCrowd }
        detectionCounts[index] += group.detections.count
        groups[index].append(group)
      }
    }
    self.truthCounts = truthCounts
    self.detectionCounts = detectionCounts
  }

  func curves(_ parameters: COCOParameters) -> [[[COCOCurve?]]] {
    let limit = parameters.detectionLimits.last ?? 0
    return groups.map { images in
      COCOAccumulation(
        parameters: parameters,
        images: images.compactMap {
          COCOMatching(truths: $0.truths, detections: $0.detections, limit: limit)
        }
      ).curves()
    }
  }
}
