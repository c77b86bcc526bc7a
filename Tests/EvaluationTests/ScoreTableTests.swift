import Evaluation
import Foundation
import Testing

@Suite("Score tables")
struct ScoreTableTests {
  private let table = ScoreTable(
    title: "Masks",
    columns: [.init("class", .leading), .init("IoU %"), .init("asked")],
    rows: [
      [.init("cat|dog", fraction: 0.5), "43.2", "12"], ["tab\tle", "–", "7"],
    ],
    totals: [["mean", "43.2", ""]])

  @Test("plain text is aligned, control characters can't reach the terminal")
  func plainText() {
    #expect(
      table.text == """
        Masks
        class    IoU %  asked
        ───────  ─────  ─────
        cat|dog   43.2     12
        tab?le       –      7
        ───────  ─────  ─────
        mean      43.2

        """)
  }

  @Test("Markdown is padded and escaped, totals are bold")
  func markdown() {
    #expect(
      table.markdown == #"""
        | class    |    IoU % | asked |
        | -------- | -------: | ----: |
        | cat\|dog |     43.2 |    12 |
        | tab?le   |        – |     7 |
        | **mean** | **43.2** |       |

        """#)
  }

  @Test("figures write their unit and direction")
  func figures() {
    let table = ScoreTable(
      title: "",
      figures: [
        ScoreFigure("mIoU", Score(0.47235)), ScoreFigure("AP", .absent),
        ScoreFigure("RMSE", Score(0.2966), .number(decimals: 3, unit: "m"), .lowerIsBetter),
        ScoreFigure("bias", Score(-0.0001), .number(decimals: 2), .neutral),
      ])
    #expect(
      table.text == """
        mIoU % ↑  AP % ↑  RMSE m ↓  bias
        ────────  ──────  ────────  ────
            47.2       –     0.297  0.00

        """)
  }

  @Test("every kind of scores has a table of one row for each class and its headline first")
  func sheets() throws {
    var masks = SegmentationTally(classes: ["a", "b"])
    masks.add(
      image: "1", classIndex: 0,
      counts: .init(intersection: 1, predicted: 2, truth: 3, compared: 9))
    let sheets: [(any ScoreSheet, Score, Int?)] = [
      (masks.scores(), masks.scores().headline, 2),
      (masks.scores(.paper), masks.scores(.paper).headline, 2),
      (LabelConfusion(classes: ["a"]).scores(), .absent, 1),
      (DetectionScores.coco([], classes: ["a", "b", "c"]), .absent, 3),
      (DetectionScores.coco([], classes: ["a"], rules: .paper), .absent, 1),
      (VOCScores.voc([], classes: ["a"]), .absent, 1),
      (DepthTally().scores(), .absent, nil),
      (ClassificationTally(classes: ["a"]).scores(), .absent, 1),
      (PictureQualityTally().scores(), .absent, nil),
    ]
    for (sheet, headline, classCount) in sheets {
      #expect(sheet.figures.first?.score == headline)
      #expect(sheet.classTable?.rows.count == classCount)
    }
    #expect(DetectionScores.coco([], classes: []).summaryTable.rows.count == 12)
    #expect(masks.scores().classTable?.rows[1][1].text == "–")
    #expect(DetectionScores.coco([], classes: [], rules: .paper).figures[0].name == "mAP@0.5")
  }

  @Test("scores are null when absent, and stay so after reading back")
  func coding() throws {
    let scores = [Score(0.25), Score(.nan), .ratio(1, 0), .mean(of: [Score]()), Score(.infinity)]
    let data = try JSONEncoder().encode(scores)
    #expect(String(decoding: data, as: UTF8.self) == "[0.25,null,null,null,null]")
    #expect(try JSONDecoder().decode([Score].self, from: data) == scores)
    #expect(Score.mean(of: [Score(1), .absent, Score(0.5)]) == Score(0.75))
    #expect(Score.mean(of: [1, .nan]) == .absent)
  }
}
