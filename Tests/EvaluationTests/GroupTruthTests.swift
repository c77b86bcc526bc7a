import Datasets
import Evaluation
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

/// COCO's groups: their boxes absorb, their pixels count nowhere.
@Suite("Groups in the truth")
struct GroupTruthTests {
  private static let annotations = """
    {"images": [{"id": 1, "file_name": "1.png", "width": 64, "height": 64}],
     "categories": [{"id": 3, "name": "dog"}],
     "annotations": [
       {"id": 1, "image_id": 1, "category_id": 3, "bbox": [4, 6, 20, 16], "area": 320, "iscrowd": 0,
        "segmentation": [[4, 6, 24, 6, 24, 22, 4, 22]]},
       {"id": 2, "image_id": 1, "category_id": 3, "bbox": [30, 30, 30, 30], "area": 900, "iscrowd": 1,
        "segmentation": {"size": [64, 64], "counts": [2048, 2048]}}]}
    """

  private func source(_ folder: String) throws -> CocoSource {
    for part in ["annotations", "val2017"] {
      try FileManager.default.createDirectory(
        atPath: folder + "/" + part, withIntermediateDirectories: true)
    }
    try AtomicFile.write(Self.annotations, to: folder + "/annotations/instances_val2017.json")
    try PNG.write(
      Image(width: 64, height: 64, filledWith: Color(90, 120, 70)), to: folder + "/val2017/1.png")
    return CocoSource(try CocoInstances(root: folder, split: "val2017"), masks: .official)
  }

  @Test("by the usual rules a group is neither missed nor masked; the paper's count it")
  func groups() throws {
    try withTemporaryFolder { folder in
      let source = try source(folder)
      func run(_ rules: EvaluationProtocol) throws -> EvaluationRun {
        try Evaluator(
          of: source,
          questions: QuestionSettings(
            tasks: [.segmentation, .detection], rules: rules,
            suite: TaskSuite(detection: DetectionTask(outlineWidth: 2))),
          origin: .oracle, model: nil
        ).run(.template)
      }
      let usual = try run(.standard)
      #expect(usual.detection?.truthCount == 1)
      let precision = try #require(usual.detection?.averagePrecision50.value)
      #expect(abs(precision - 1) < 1e-12)
      #expect(usual.segmentation?.meanIoU.value == 1)
      #expect(usual.segmentation?.classes.first?.truthPixels == 20 * 16)
      let paper = try run(.paper)
      #expect(paper.detection?.truthCount == 2)
    }
  }
}
