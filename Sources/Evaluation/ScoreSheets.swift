/// A kind of scores that can be shown: its figures and, where there are classes, their table.
public protocol ScoreSheet {
  /// The numbers to quote first, the headline before all others.
  var figures: [ScoreFigure] { get }
  /// One row for each class; nil where there are no classes.
  var classTable: ScoreTable? { get }
}

extension SegmentationScores: ScoreSheet {
  /// See ``ScoreSheet``.
  public var figures: [ScoreFigure] {
    let all = [
      ScoreFigure("mIoU", meanIoU), ScoreFigure("image mIoU", imageMeanIoU),
      ScoreFigure("FB-IoU", foregroundBackgroundIoU), ScoreFigure("pixel accuracy", pixelAccuracy),
    ]
    return rules == .standard ? all : [all[1], all[0]] + all[2...]
  }

  /// See ``ScoreSheet``.
  public var classTable: ScoreTable? {
    ScoreTable(
      title: "Masks by class",
      columns: [
        .init("class", .leading), .init("IoU %"), .init("precision %"), .init("recall %"),
        .init("present"), .init("asked"),
      ],
      rows: classes.map { row in
        [
          .init(row.name), .share(row.intersectionOverUnion), .share(row.precision),
          .share(row.recall), .init("\(row.presentCount)"), .init("\(row.queryCount)"),
        ]
      },
      totals: [
        [
          "mean", .share(meanIoU), "", "", .init("\(classes.reduce(0) { $0 + $1.presentCount })"),
          .init("\(queryCount)"),
        ]
      ])
  }
}

extension LabelScores: ScoreSheet {
  /// See ``ScoreSheet``.
  public var figures: [ScoreFigure] {
    [
      ScoreFigure("mIoU", meanIoU), ScoreFigure("pixel accuracy", pixelAccuracy),
      ScoreFigure("mean accuracy", meanAccuracy),
      ScoreFigure("frequency-weighted IoU", frequencyWeightedIoU),
    ]
  }

  /// See ``ScoreSheet``.
  public var classTable: ScoreTable? {
    ScoreTable(
      title: "Labels by class",
      columns: [
        .init("class", .leading), .init("IoU %"), .init("accuracy %"), .init("true pixels"),
      ],
      rows: classes.map { row in
        [
          .init(row.name), .share(row.intersectionOverUnion), .share(row.accuracy),
          .init("\(row.truthPixels)"),
        ]
      },
      totals: [
        [
          "mean", .share(meanIoU), .share(meanAccuracy),
          .init("\(classes.reduce(0) { $0 + $1.truthPixels })"),
        ]
      ])
  }
}

extension DetectionScores: ScoreSheet {
  /// See ``ScoreSheet``.
  public var figures: [ScoreFigure] {
    let all = [
      ScoreFigure("AP", averagePrecision), ScoreFigure("mAP@0.5", averagePrecision50),
      ScoreFigure("AP@0.75", averagePrecision75),
      ScoreFigure("AR@\(detectionLimits.last ?? 0)", averageRecallThirdLimit),
    ]
    return rules == .standard ? all : [all[1], all[0]] + all[2...]
  }

  /// See ``ScoreSheet``.
  public var classTable: ScoreTable? {
    ScoreTable(
      title: "Boxes by class",
      columns: [
        .init("class", .leading), .init("AP %"), .init("AP@0.5 %"), .init("AP@0.75 %"),
        .init("AR %"), .init("true"), .init("found"),
      ],
      rows: classes.map { row in
        [
          .init(row.name), .share(row.averagePrecision), .share(row.averagePrecision50),
          .share(row.averagePrecision75), .share(row.averageRecall), .init("\(row.truthCount)"),
          .init("\(row.detectionCount)"),
        ]
      },
      totals: [
        [
          "mean", .share(averagePrecision), .share(averagePrecision50), .share(averagePrecision75),
          .share(averageRecallThirdLimit), .init("\(truthCount)"), .init("\(detectionCount)"),
        ]
      ])
  }

  /// The official twelve numbers, one row each.
  public var summaryTable: ScoreTable {
    let limits = detectionLimits
    let last = "\(limits.last ?? 0)"
    let rows: [(String, String, String, String)] =
      [
        ("AP", "0.50:0.95", "all", last), ("AP", "0.50", "all", last),
        ("AP", "0.75", "all", last), ("AP", "0.50:0.95", "small", last),
        ("AP", "0.50:0.95", "medium", last), ("AP", "0.50:0.95", "large", last),
      ] + limits.map { ("AR", "0.50:0.95", "all", "\($0)") }
      + ["small", "medium", "large"].map { ("AR", "0.50:0.95", $0, last) }
    return ScoreTable(
      title: "COCO summary",
      columns: [
        .init("score", .leading), .init("overlap", .leading), .init("area", .leading),
        .init("limit"), .init("%"),
      ],
      rows: zip(rows, summary).map { row, score in
        [.init(row.0), .init(row.1), .init(row.2), .init(row.3), .share(score)]
      })
  }
}

extension VOCScores: ScoreSheet {
  /// See ``ScoreSheet``.
  public var figures: [ScoreFigure] { [ScoreFigure("VOC mAP@0.5", meanAveragePrecision)] }

  /// See ``ScoreSheet``.
  public var classTable: ScoreTable? {
    ScoreTable(
      title: "Boxes by class, VOC",
      columns: [.init("class", .leading), .init("AP %"), .init("true"), .init("found")],
      rows: classes.map { row in
        [
          .init(row.name), .share(row.averagePrecision), .init("\(row.truthCount)"),
          .init("\(row.detectionCount)"),
        ]
      },
      totals: [
        [
          "mean", .share(meanAveragePrecision),
          .init("\(classes.reduce(0) { $0 + $1.truthCount })"),
          .init("\(classes.reduce(0) { $0 + $1.detectionCount })"),
        ]
      ])
  }
}

extension DepthErrors {
  /// The scores in the order of published tables.
  public var figures: [ScoreFigure] {
    [
      ScoreFigure("RMSE", rootMeanSquare, .number(decimals: 3, unit: "m"), .lowerIsBetter),
      ScoreFigure("A.Rel", absoluteRelative, .number(decimals: 3), .lowerIsBetter),
      ScoreFigure("δ1", delta1), ScoreFigure("δ2", delta2), ScoreFigure("δ3", delta3),
      ScoreFigure("SqRel", squaredRelative, .number(decimals: 3, unit: "m"), .lowerIsBetter),
      ScoreFigure("RMSElog", rootMeanSquareLog, .number(decimals: 3), .lowerIsBetter),
      ScoreFigure("log10", log10, .number(decimals: 3), .lowerIsBetter),
      ScoreFigure("SILog", scaleInvariantLog, .number(decimals: 2), .lowerIsBetter),
    ]
  }
}

extension DepthScores: ScoreSheet {
  /// See ``ScoreSheet``; the scores averaged over images.
  public var figures: [ScoreFigure] { averaged.figures }

  /// There are no classes.
  public var classTable: ScoreTable? { nil }

  /// Averaged over images and over all pixels, one row each.
  public var summaryTable: ScoreTable {
    ScoreTable(
      title: "Depth",
      columns: [.init("over", .leading)] + figures.map { .init($0.heading) },
      rows: [
        [.init("images")] + averaged.figures.map(\.cell),
        [.init("pixels")] + pooled.figures.map(\.cell),
      ])
  }
}

extension ClassificationScores: ScoreSheet {
  /// See ``ScoreSheet``.
  public var figures: [ScoreFigure] {
    [
      ScoreFigure("accuracy", accuracy), ScoreFigure("precision", precision),
      ScoreFigure("recall", recall), ScoreFigure("F1", f1),
    ]
  }

  /// See ``ScoreSheet``.
  public var classTable: ScoreTable? {
    func row(
      _ name: String, _ scores: [Score], _ confusion: ClassificationTally.Confusion
    ) -> [ScoreTable.Cell] {
      let counts = [
        confusion.truePositive, confusion.falseNegative, confusion.falsePositive,
        confusion.trueNegative, confusion.unreadablePositive + confusion.unreadableNegative,
      ]
      return [.init(name)] + scores.map { .share($0) } + counts.map { .init("\($0)") }
    }
    return ScoreTable(
      title: "Yes/no answers by class",
      columns: [
        .init("class", .leading), .init("accuracy %"), .init("precision %"), .init("recall %"),
        .init("F1 %"), .init("yes→yes"), .init("yes→no"), .init("no→yes"), .init("no→no"),
        .init("unread"),
      ],
      rows: classes.map {
        row($0.name, [$0.accuracy, $0.precision, $0.recall, $0.f1], $0.confusion)
      },
      totals: [row("together", [accuracy, precision, recall, f1], confusion)])
  }
}

extension PictureQualityScores: ScoreSheet {
  /// See ``ScoreSheet``.
  public var figures: [ScoreFigure] {
    [
      ScoreFigure("PSNR", peakSignalToNoise, .number(decimals: 2, unit: "dB")),
      ScoreFigure("SSIM", structuralSimilarity, .number(decimals: 3)),
      ScoreFigure("MSE", meanSquaredError, .number(decimals: 1), .lowerIsBetter),
    ]
  }

  /// There are no classes.
  public var classTable: ScoreTable? { nil }
}

extension ScoreTable.Cell {
  /// A share in percent, with a bar.
  static func share(_ score: Score) -> ScoreTable.Cell {
    ScoreTable.Cell(score.text(decimals: 1, scaledBy: 100), fraction: score.value)
  }
}
