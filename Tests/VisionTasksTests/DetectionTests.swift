import Foundation
import Imaging
import TensorCore
import TestSupport
import Testing
import VisionTasks

@Suite struct DetectionTests {
  private let task = DetectionTask()
  private let ask = Instruction(text: "Detect the dog", task: .detection, category: "dog")

  private func randomBoxes(
    _ width: Int, _ height: Int, using stream: inout RandomStream
  ) -> [Box] {
    var boxes: [Box] = []
    for _ in 0..<stream.integer(in: 0..<7) {
      let w = stream.integer(in: 12..<(width * 3 / 4))
      let h = stream.integer(in: 12..<(height * 3 / 4))
      let x = stream.integer(in: 0..<(width - w))
      let y = stream.integer(in: 0..<(height - h))
      let box = Box(
        left: Double(x), top: Double(y), right: Double(x + w), bottom: Double(y + h))
      // Outlines on top of each other can't be told apart.
      let isDistinct = boxes.allSatisfy { other in
        let near = [
          abs(other.left - box.left), abs(other.right - box.right), abs(other.top - box.top),
          abs(other.bottom - box.bottom),
        ].filter { $0 < 7 }
        return near.count < 2
      }
      if isDistinct { boxes.append(box) }
    }
    return boxes
  }

  @Test(arguments: Degradation.all)
  func findsWhatWasPainted(_ degradation: Degradation) throws {
    var stream = RandomStream(seed: 11)
    var (found, missed, wrong, exactLayouts) = (0, 0, 0, 0)
    var overlaps = 0.0
    let layouts = 60
    for index in 0..<layouts {
      let (width, height) = [(320, 240), (256, 256), (213, 301)][index % 3]
      let picture = stream.scene(width: width, height: height, blueThings: false)
      let boxes = randomBoxes(width, height, using: &stream)
      let painted = try degradation.applied(
        to: task.paint(.init(category: "dog", boxes: boxes), on: picture), using: &stream)
      let answer = try task.read(painted, of: picture, following: ask)
      var rest = answer.detections
      for box in boxes {
        let best = rest.indices.max {
          rest[$0].box.intersectionOverUnion(box) < rest[$1].box.intersectionOverUnion(box)
        }
        if let best, rest[best].box.intersectionOverUnion(box) >= 0.75 {
          overlaps += rest[best].box.intersectionOverUnion(box)
          found += 1
          rest.remove(at: best)
        } else {
          missed += 1
        }
      }
      wrong += rest.count
      if rest.isEmpty && answer.detections.count == boxes.count { exactLayouts += 1 }
      if ProcessInfo.processInfo.environment["SHOW"] != nil, !rest.isEmpty || answer.detections.count != boxes.count {
        print(degradation, index, width, height, "truth", boxes.map { [$0.left, $0.top, $0.right, $0.bottom] }, "got", answer.detections.map { ([$0.box.left, $0.box.top, $0.box.right, $0.box.bottom], $0.score) })
      }
    }
    print(degradation, found, missed, wrong, exactLayouts, overlaps / Double(found))
  }
}
