import Foundation
import Imaging
import TensorCore
import Testing
import VisionTasks

@Suite struct AnswerJSONTests {
  private let picture = Image(width: 40, height: 30, filledWith: Color(120, 130, 110))
  private let suite = TaskSuite()

  private func json(_ instruction: Instruction, _ painted: Image) throws -> String {
    let answer = try suite.read(painted, of: picture, following: instruction)
    return try AnswerJSON(
      instruction: instruction, width: painted.width, height: painted.height, answer: answer
    ).text(pretty: false)
  }

  @Test func masksAreCOCORunLengths() throws {
    var mask = Mask(width: 40, height: 30, repeating: false)
    mask.fillBox(Box(left: 2, top: 3, right: 5, bottom: 7))
    let painted = suite.segmentation.paint(.init(category: "dog", masks: [mask]), on: picture)
    let instruction = Instruction(text: "Segment the dog", task: .segmentation, category: "dog")
    let text = try json(instruction, painted)
    struct Record: Decodable {
      struct Answer: Decodable {
        struct Runs: Decodable {
          var size: [Int]
          var counts: String
        }
        var area: Int
        var share: Double
        var mask: Runs
      }
      var task: String
      var instruction: String
      var category: String
      var width: Int
      var height: Int
      var answer: Answer
    }
    let record = try JSONDecoder().decode(Record.self, from: Data(text.utf8))
    #expect(record.task == "segmentation" && record.category == "dog")
    #expect(record.instruction == "Segment the dog")
    #expect(record.width == 40 && record.height == 30)
    #expect(record.answer.mask.size == [30, 40])
    #expect(record.answer.area == mask.area)
    #expect(record.answer.share == Double(mask.area) / 1200)
    let runs = try RunLengthMask(width: 40, height: 30, compressed: record.answer.mask.counts)
    #expect(runs.mask == mask)
  }

  @Test func boxesDistancesAndVerdictsHaveTheirKeys() throws {
    let detection = try json(
      Instruction(text: "Detect the dog", task: .detection, category: "dog"),
      suite.detection.paint(
        .init(category: "dog", boxes: [Box(left: 4, top: 5, right: 30, bottom: 22)]), on: picture))
    #expect(
      detection == """
        {"answer":{"boxes":[{"box":[4,5,26,17],"score":1}],"count":1},"category":"dog","height":30,\
        "instruction":"Detect the dog","task":"detection","width":40}
        """)
    let depth = try json(
      Instruction(text: "Depth", task: .depth),
      Image(width: 2, height: 1, filledWith: Color(51, 51, 51)))
    #expect(
      depth == """
        {"answer":{"maximum_metres":2,"median_metres":2,"minimum_metres":2},"height":1,\
        "instruction":"Depth","task":"depth","width":2}
        """)
    let verdict = try json(
      try InstructionParser().instruction(
        from: "Display blue if the image contains a dog, else display red"),
      Image(width: 1, height: 1, filledWith: Color(0, 0, 255)))
    #expect(
      verdict.hasPrefix(
        """
        {"answer":{"colors":{"negative":"red","positive":"blue"},"margin":1,\
        "mean_color":[0,0,255],"negative_distance":360.6
        """), "\(verdict)")
    #expect(
      verdict.hasSuffix(
        """
        "positive_distance":0,"positive_share":1,"present":true,"verdict_color":"blue"},\
        "category":"dog","height":1,\
        "instruction":"Display blue if the image contains a dog, else display red",\
        "task":"classification","width":1}
        """), "\(verdict)")
  }

  @Test func instructionsSurviveJSON() throws {
    let instruction = try InstructionParser().instruction(
      from: "Show gold if there is a pug, otherwise show #102030")
    let data = try JSONEncoder().encode(instruction)
    #expect(try JSONDecoder().decode(Instruction.self, from: data) == instruction)
    for broken in [
      #"{"positive":"red","negative":"red"}"#, #"{"positive":"red","negative":"dog"}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(VerdictColors.self, from: Data(broken.utf8))
      }
    }
  }

  @Test func overlaysHaveThePicturesSize() throws {
    var mask = Mask(width: 20, height: 15, repeating: false)
    mask.fillBox(Box(left: 2, top: 3, right: 12, bottom: 11))
    let instruction = try InstructionParser().instruction(
      from: "Display blue if the image contains a dog, else display red")
    let answers: [TaskAnswer] = [
      .segmentation(SegmentationAnswer(mask: mask)),
      .detection(
        DetectionAnswer(
          width: 20, height: 15,
          detections: [Detection(box: Box(left: 2, top: 3, right: 20, bottom: 15), score: 0.5)])),
      .depth(
        DepthAnswer(
          metres: Plane(width: 20, height: 15, elements: (0..<300).map { Float($0) / 30 }))),
      try suite.read(
        Image(width: 20, height: 15, filledWith: Color(0, 0, 250)), of: picture,
        following: instruction),
    ]
    for answer in answers {
      let overlay = suite.overlay(answer, on: picture)
      #expect(overlay.width == 40 && overlay.height == 30)
      #expect(overlay != picture)
      _ = suite.overlay(answer, on: Image(width: 1, height: 1))
    }
    let nothing = SegmentationAnswer(mask: Mask(width: 40, height: 30, repeating: false))
    #expect(suite.segmentation.overlay(nothing, on: picture) == picture)
    let segmented = suite.overlay(answers[0], on: picture)
    #expect(segmented[30, 25] == picture[30, 25])
    #expect(segmented[14, 14] != picture[14, 14])
  }
}
