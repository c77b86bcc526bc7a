import Evaluation
import Foundation
import Imaging
import Testing

@Suite("COCO average precision")
struct DetectionScoresTests {
  struct RandomGoldens: Decodable { let cases: [COCOGolden] }

  @Test("equals pycocotools on ties, crowds, empty images, size borders and long lists")
  func equalsReferenceOnRandomBoxes() throws {
    let goldens = try GoldenFile.decode(RandomGoldens.self, "coco-random.json")
    #expect(goldens.cases.count == 13)
    for golden in goldens.cases {
      try check(golden, truths: #require(golden.truths))
    }
  }

  @Test(
    "equals pycocotools on real annotations",
    .enabled(
      if: SharedData.has("coco/annotations/instances_val2017.json"),
      "SKIPPED: the COCO sample is not in INSTRUCTCV_SHARED_DATA (default ../shared/data)"))
  func equalsReferenceOnRealAnnotations() throws {
    let golden = try GoldenFile.decode(COCOGolden.self, "coco-val2017.json")
    let folder = try #require(SharedData.folder)
    let file = try Data(
      contentsOf: URL(fileURLWithPath: "\(folder)/coco/annotations/instances_val2017.json"))
    let instances = try JSONDecoder().decode(COCOInstances.self, from: file)
    let imageIDs = try #require(golden.imageIds)
    let categoryIDs = try #require(golden.categoryIds)
    let truths = try instances.annotations.map { annotation in
      [
        Double(try #require(imageIDs.firstIndex(of: annotation.imageID))),
        Double(try #require(categoryIDs.firstIndex(of: annotation.categoryID))),
      ] + annotation.bbox + [annotation.area, Double(annotation.iscrowd)]
    }
    try check(golden, truths: truths)
  }

  private func check(_ golden: COCOGolden, truths: [[Double]]) throws {
    let samples = golden.samples(truths: truths)
    let scores = DetectionScores.coco(samples, classes: golden.classNames)
    let summary = try #require(golden.expected.summary)
    #expect(summary.count == 12)
    expectSame(scores.summary.map(\.value), summary, "\(golden.name): summary")
    expectSame([scores.headline.value], [summary[0]], "\(golden.name): headline")
    checkCurves(
      DetectionScores.curves(samples, classCount: golden.classes), golden.expected, golden.name)
    for index in 0..<golden.classes {
      let row = scores.classes[index]
      let precision = golden.expected.precision[index][0]
      expectSame(
        [row.averagePrecision.value, row.averagePrecision50.value, row.averagePrecision75.value],
        [mean(precision), precision[0], precision[5]], "\(golden.name): class \(index)")
      expectSame(
        [row.averageRecall.value], [mean(golden.expected.recall[index][0][2])],
        "\(golden.name): recall of class \(index)")
    }

    let paper = DetectionScores.coco(samples, classes: golden.classNames, rules: .paper)
    expectSame(
      [paper.headline.value], [golden.expectedPaper.averagePrecision50],
      "\(golden.name): the paper's headline")
    checkCurves(
      DetectionScores.curves(
        samples.map { $0.crossReferenced() }, classCount: golden.classes,
        parameters: COCOParameters(detectionLimits: [100, 300, 1000])), golden.expectedPaper,
      "\(golden.name), paper")
  }

  private func checkCurves(
    _ curves: [[[COCOCurve?]]], _ expected: COCOGolden.Expected, _ label: String
  ) {
    let areas = COCOParameters().areaRanges
    for classIndex in curves.indices {
      for area in areas.indices {
        let place = "\(label): class \(classIndex), \(areas[area].name)"
        let precision: [Double?] =
          curves[classIndex][area][2].map { curve in
            (0..<10).map { curve.precision[($0 * 101)..<(($0 + 1) * 101)].reduce(0, +) / 101 }
          } ?? [Double?](repeating: nil, count: 10)
        expectSame(precision, expected.precision[classIndex][area], "\(place), precision")
        for limit in 0..<3 {
          let recall: [Double?] =
            curves[classIndex][area][limit]?.recall ?? [Double?](repeating: nil, count: 10)
          expectSame(
            recall, expected.recall[classIndex][area][limit], "\(place), recall at limit \(limit)")
        }
      }
    }
  }

  private func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap { $0 }
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }

  @Test("samples without objects give absent scores, written as null")
  func emptySetsAreNull() throws {
    let scores = DetectionScores.coco([], classes: ["cat"])
    #expect(scores.summary.allSatisfy { $0.value == nil })
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try String(decoding: encoder.encode(scores), as: UTF8.self)
    #expect(text.contains("\"averagePrecision\":null"))
    #expect(text.contains("\"rules\":\"standard\""))
  }

  @Test("a painted box without confidence that fits scores 1, a stray one costs precision")
  func plainBoxes() {
    let box = Box(left: 10, top: 10, right: 60, bottom: 70)
    let stray = Box(left: 100, top: 100, right: 120, bottom: 120)
    let truth = TruthBox(classIndex: 0, box: box)
    let fitting = DetectionScores.coco(
      [DetectionSample(truths: [truth], detections: [DetectedBox(classIndex: 0, box: box)])],
      classes: ["cat"])
    expectSame([fitting.averagePrecision.value], [1], "fitting")
    let sample = DetectionSample(
      truths: [truth],
      detections: [DetectedBox(classIndex: 0, box: stray), DetectedBox(classIndex: 0, box: box)])
    let strayed = DetectionScores.coco([sample], classes: ["cat"])
    expectSame([strayed.averagePrecision.value], [0.5], "with a stray box first")
    let paper = DetectionScores.coco([sample], classes: ["cat"], rules: .paper)
    expectSame([paper.headline.value], [1], "the paper deletes the stray box")
  }

  @Test("the paper's filter keeps the first of two equal overlaps, for each object anew")
  func crossReferencing() {
    func found(_ x: Double, class classIndex: Int = 0) -> DetectedBox {
      DetectedBox(
        classIndex: classIndex, extent: BoxExtent(x: x, y: 0, width: 20, height: 20), score: 0.3)
    }
    let truth = TruthBox(
      classIndex: 0, extent: BoxExtent(x: 10, y: 0, width: 20, height: 20), isCrowd: true)
    let sample = DetectionSample(
      truths: [truth, truth],
      detections: [found(10, class: 1), found(12), found(8), found(60)])
    let kept = sample.crossReferenced()
    #expect(kept.detections.map(\.extent.x) == [12, 12])
    #expect(kept.detections.map(\.score) == [1, 1])
    #expect(kept.truths.map(\.isCrowd) == [false, false])
  }

  @Test("endless boxes and boxes that are no numbers match nothing")
  func wildBoxes() {
    let plain = TruthBox(classIndex: 0, box: Box(left: 0, top: 0, right: 50, bottom: 50))
    let endless = BoxExtent(x: -.infinity, y: 0, width: .infinity, height: 50)
    let nowhere = BoxExtent(x: .nan, y: 0, width: 10, height: .nan)
    let scores = DetectionScores.coco(
      [
        DetectionSample(
          truths: [plain, TruthBox(classIndex: 0, extent: endless, area: 100)],
          detections: [endless, nowhere].map { DetectedBox(classIndex: 0, extent: $0) })
      ], classes: ["cat"])
    expectSame([scores.averagePrecision.value], [0], "precision")
  }
}
