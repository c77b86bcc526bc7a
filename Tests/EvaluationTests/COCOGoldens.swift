import Evaluation
import Foundation
import Testing

/// One case of `coco-random.json`, or the whole of `coco-val2017.json`.
struct COCOGolden: Decodable {
  struct Expected: Decodable {
    /// `[classes][areas][thresholds]`, mean over recall points with the last detection limit.
    let precision: [[[Double?]]]
    /// `[classes][areas][limits][thresholds]`.
    let recall: [[[[Double?]]]]
    let summary: [Double?]?
    let averagePrecision50: Double?
  }

  let name: String
  let images: Int
  let classes: Int
  let truths: [[Double]]?
  let detections: [[Double]]
  let expected: Expected
  let expectedPaper: Expected
  let imageIds: [Int]?
  let categoryIds: [Int]?

  var classNames: [String] { (0..<classes).map { "class \($0)" } }

  /// - Parameter truths: `[image, class, x, y, width, height, area, crowd]` each.
  func samples(truths: [[Double]]) -> [DetectionSample] {
    var samples = [DetectionSample](
      repeating: DetectionSample(truths: [], detections: []), count: images)
    for row in truths {
      samples[Int(row[0])].truths.append(
        TruthBox(
          classIndex: Int(row[1]),
          extent: BoxExtent(x: row[2], y: row[3], width: row[4], height: row[5]), area: row[6],
          isCrowd: row[7] != 0))
    }
    for row in detections {
      samples[Int(row[0])].detections.append(
        DetectedBox(
          classIndex: Int(row[1]),
          extent: BoxExtent(x: row[2], y: row[3], width: row[4], height: row[5]), score: row[6]))
    }
    return samples
  }
}

/// The few fields of a COCO instances file that boxes need.
struct COCOInstances: Decodable {
  struct Annotation: Decodable {
    let imageID: Int
    let categoryID: Int
    let bbox: [Double]
    let area: Double
    let iscrowd: Int

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case categoryID = "category_id"
      case bbox, area, iscrowd
    }
  }

  let annotations: [Annotation]
}

/// Equal where both have a number, and absent in the same places.
func expectSame(
  _ actual: [Double?], _ expected: [Double?], tolerance: Double = 1e-12, _ label: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(label): \(actual.count) numbers instead of \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  for (index, pair) in zip(actual, expected).enumerated() {
    switch pair {
    case (nil, nil): continue
    case (let a?, let b?) where abs(a - b) <= tolerance: continue
    default:
      Issue.record(
        "\(label): number \(index) is \(String(describing: pair.0)), expected \(String(describing: pair.1))",
        sourceLocation: sourceLocation)
      return
    }
  }
}
