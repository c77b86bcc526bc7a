import Answering
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

@Suite struct AnswerFilesTests {
  @Test func numpyFilesHaveTheFormatsHeader() throws {
    let plane = Plane<Float>(width: 3, height: 2, elements: [0, 1, 2.5, -1, 7, 8])
    let bytes = NumpyFile.content(plane)
    #expect(Array(bytes[..<10]) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0])
    let header = String(decoding: bytes[10..<128], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"))
    #expect(header.hasSuffix(" \n"))
    #expect(bytes.count == 128 + 4 * 6)
    #expect(Array(bytes[136..<140]) == [0, 0, 0x20, 0x40])
  }

  @Test func checksComeBeforeTheWork() throws {
    try inScratchFolder { folder in
      let input = folder + "/in.png"
      try PNG.write(Image(width: 2, height: 2), to: input)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link.png", withDestinationPath: input)
      func code(
        _ answer: String, _ task: TaskKind = .segmentation, _ change: (inout AnswerFiles) -> Void
      ) -> ReportableError.Code? {
        var files = AnswerFiles(answer: answer)
        change(&files)
        do {
          try files.check(against: [input], task: task)
          return nil
        } catch {
          return (error as? ReportableError)?.code
        }
      }
      #expect(code(folder + "/out.png") { _ in } == nil)
      #expect(code(folder + "/out.PNG") { $0.json = folder + "/a.json" } == nil)
      #expect(code(folder + "/out.jpg") { _ in } == .usage)
      #expect(code(folder + "/out") { _ in } == .usage)
      #expect(code("\(folder)/\(String(repeating: "n", count: 230)).png") { _ in } == .usage)
      #expect(code(input) { _ in } == .usage)
      #expect(code(folder + "/link.png") { _ in } == .usage)
      #expect(
        code(folder + "/../" + (folder as NSString).lastPathComponent + "/in.png") { _ in }
          == .usage)
      #expect(code(folder + "/o.png") { $0.overlay = folder + "/o.png" } == .usage)
      #expect(code(folder + "/o.png") { $0.overlay = folder + "/./o.png" } == .usage)
      #expect(code(folder + "/o.png", .depth) { $0.mask = folder + "/m.png" } == .usage)
      #expect(code(folder + "/o.png") { $0.depthPNG = folder + "/d.png" } == .usage)
      #expect(code(folder + "/none/o.png") { _ in } == .inputOutput)
      #expect(code("/proc/o.png") { _ in } == .inputOutput)
      #expect(code(folder + "/o.png") { $0.json = "/dev/full" } == .inputOutput)
      #expect(code(folder + "/o.png") { $0.json = folder } == .inputOutput)
      // Looking leaves nothing behind.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["in.png", "link.png"])
    }
  }

  @Test func overlaysOfAllAnswersHaveThePicturesSize() throws {
    for (width, height) in [(1, 1), (40, 3), (200, 150)] {
      let picture = Image(width: width, height: height, filledWith: Color(80, 90, 100))
      var mask = Mask(width: width, height: height, repeating: false)
      mask[0, 0] = true
      let colors = try #require(
        try InstructionParser().instruction(
          from: "Display blue if the image contains a dog, else display red"
        ).colors)
      let painted = Image(width: width, height: height, filledWith: colors.positive.color)
      let verdict = Instruction(
        text: "?", task: .classification, category: "dog", colors: colors)
      let answers: [(TaskAnswer, Instruction)] = [
        (
          .segmentation(SegmentationAnswer(mask: mask)),
          Instruction(text: "Segment the dog", task: .segmentation, category: "dog")
        ),
        (
          .detection(
            DetectionAnswer(
              width: width, height: height,
              detections: [
                Detection(
                  box: Box(left: 0, top: 0, right: Double(width), bottom: Double(height)),
                  score: 0.5)
              ])), Instruction(text: "Detect the dog", task: .detection, category: "dog")
        ),
        (
          .depth(DepthAnswer(metres: Plane(width: width, height: height, repeating: 2))),
          Instruction(text: "depth", task: .depth)
        ),
        (
          .classification(
            try ClassificationTask().read(painted, of: picture, following: verdict)), verdict
        ),
      ]
      for (answer, instruction) in answers {
        let overlay = AnswerOverlay.picture(of: answer, to: instruction, on: picture)
        #expect(overlay.width == width && overlay.height == height)
        #expect(overlay != picture)
        #expect(!answer.lines(to: instruction).isEmpty)
      }
    }
  }
}
