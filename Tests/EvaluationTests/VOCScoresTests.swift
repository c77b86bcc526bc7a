import Evaluation
import Imaging
import Testing

@Suite("VOC average precision")
struct VOCScoresTests {
  struct Goldens: Decodable {
    struct Case: Decodable {
      struct Expected: Decodable {
        let elevenPoints: [Double?]
        let area: [Double?]
      }
      let name: String
      let images: Int
      let classes: Int
      let truths: [[Double]]
      let detections: [[Double]]
      let expected: Expected
    }
    let cases: [Case]
  }

  @Test("equals an independent script, 11 points and area, with ties and difficult objects")
  func equalsReference() throws {
    let goldens = try GoldenFile.decode(Goldens.self, "voc-random.json")
    #expect(goldens.cases.count == 4)
    for golden in goldens.cases {
      var samples = [DetectionSample](
        repeating: DetectionSample(truths: [], detections: []), count: golden.images)
      for row in golden.truths {
        samples[Int(row[0])].truths.append(
          TruthBox(classIndex: Int(row[1]), box: box(row), isDifficult: row[6] != 0))
      }
      for row in golden.detections {
        samples[Int(row[0])].detections.append(
          DetectedBox(classIndex: Int(row[1]), box: box(row), score: row[6]))
      }
      let names = (0..<golden.classes).map { "class \($0)" }
      let area = VOCScores.voc(samples, classes: names)
      expectSame(
        area.classes.map(\.averagePrecision.value), golden.expected.area, "\(golden.name), area")
      let present = golden.expected.area.compactMap { $0 }
      expectSame(
        [area.meanAveragePrecision.value], [present.reduce(0, +) / Double(present.count)],
        "\(golden.name), mean")
      let points = VOCScores.voc(samples, classes: names, interpolation: .elevenPoints)
      expectSame(
        points.classes.map(\.averagePrecision.value), golden.expected.elevenPoints,
        "\(golden.name), 11 points")
    }
  }

  private func box(_ row: [Double]) -> Box {
    Box(left: row[2], top: row[3], right: row[4], bottom: row[5])
  }
}
