import Datasets
import Evaluation
import Foundation
import Imaging
import Platform
import Testing
import VisionTasks

/// What a data set lacks is said before or instead of scores.
@Suite("Input of evaluations")
struct EvaluationInputTests {
  /// Three rendered pictures in `folder`.
  private func world(_ folder: String) throws -> CocoSource {
    try SceneWorldWriter.write(
      count: SceneCounts(train: 0, val: 3, valUnseen: 0), seed: 4, size: 64, to: folder)
    return try CocoSource(sceneWorld: folder, split: .val)
  }

  /// Two pets in `folder`, without boxes around their heads.
  private func pets(_ folder: String) throws -> OxfordPetSource {
    for part in ["images", "annotations/trimaps"] {
      try FileManager.default.createDirectory(
        atPath: folder + "/" + part, withIntermediateDirectories: true)
    }
    for id in ["Abyssinian_1", "beagle_2"] {
      try PNG.write(
        Image(width: 40, height: 30, filledWith: Color(90, 120, 70)),
        to: "\(folder)/images/\(id).jpg")
      try PNG.write(
        Plane<UInt8>(width: 40, height: 30, elements: (0..<1200).map { $0 < 600 ? 1 : 2 }),
        to: "\(folder)/annotations/trimaps/\(id).png")
    }
    try AtomicFile.write(
      "Abyssinian_1 1 1 1\nbeagle_2 5 2 2\n", to: folder + "/annotations/test.txt")
    return OxfordPetSource(try OxfordPets(root: folder, list: "test"))
  }

  private func run(
    _ source: any PictureSource, _ questions: QuestionSettings = QuestionSettings()
  ) throws -> EvaluationRun {
    try Evaluator(of: source, questions: questions, origin: .oracle, model: nil).run(.template)
  }

  private func error(_ body: () throws -> Void) -> ReportableError? {
    #expect(throws: ReportableError.self) { try body() }
  }

  private func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  @Test("missing pictures and depth maps are counted before anything is asked")
  func missingFiles() throws {
    try withTemporaryFolder { folder in
      let source = try world(folder)
      let picture = try #require(try source.picturePath(at: 2))
      let name = (picture as NSString).lastPathComponent
      try remove(picture)
      try remove("\(folder)/depth/val/\(name)")
      let found = error { try Evaluator.check(source, QuestionSettings()) }
      #expect(found?.code == .missingInput)
      for part in ["2 of 6 files", picture, "depth/val/\(name)", "--skip-unreadable"] {
        #expect(found?.message.contains(part) == true, "\(part) is missing")
      }
      #expect(error { _ = try run(source) }?.message == found?.message)
      // Pictures that aren't asked about may be missing, and a folder is no picture.
      try Evaluator.check(source, QuestionSettings(pictureLimit: 1))
      try FileManager.default.createDirectory(
        atPath: picture, withIntermediateDirectories: false)
      #expect(
        error { try Evaluator.check(source, QuestionSettings()) }?.message.contains("2 of 6")
          == true)
    }
  }

  @Test("only a few of many missing files are named")
  func manyMissingFiles() throws {
    try withTemporaryFolder { folder in
      let source = try world(folder)
      try remove(folder + "/val")
      try remove(folder + "/depth/val")
      let message = error { try Evaluator.check(source, QuestionSettings()) }?.message ?? ""
      #expect(message.contains("6 of 6 files"))
      #expect(message.contains(" and 3 more"))
      #expect(message.matches(of: /\.png/).count == 3)
    }
  }

  @Test("the maps of pets and the depth of pairs are looked for too")
  func otherFiles() throws {
    try withTemporaryFolder { folder in
      let pets = try pets(folder)
      try Evaluator.check(pets, QuestionSettings())
      let trimap = "/annotations/trimaps/beagle_2.png"
      try remove(folder + trimap)
      #expect(
        error { try Evaluator.check(pets, QuestionSettings()) }?.message.contains(trimap) == true)

      try AtomicFile.write("images/beagle_2.jpg none.png 500\n", to: folder + "/pairs.txt")
      let pairs = DepthPairSource(try DepthPairs(list: folder + "/pairs.txt", folder: folder))
      #expect(
        error { try Evaluator.check(pairs, QuestionSettings()) }?.message.contains("none.png")
          == true)
    }
  }

  @Test("unreadable pictures are left out when that is wanted, and counted")
  func leftOut() throws {
    try withTemporaryFolder { folder in
      let source = try world(folder)
      try remove(try #require(try source.picturePath(at: 0)))
      try AtomicFile.write("no picture", to: try #require(try source.picturePath(at: 2)))
      let wanted = QuestionSettings(unreadable: .skip)
      let run = try run(source, wanted)
      #expect(run.pictureCount == 1)
      #expect(run.leftOut.map(\.id) == [source.pictureID(at: 0), source.pictureID(at: 2)])
      #expect(run.leftOut.allSatisfy { $0.reason.contains(".png: ") })
      #expect(run.depth?.imageCount == 1)
      let json = String(decoding: try JSONEncoder().encode(run), as: UTF8.self)
      #expect(json.contains("\"leftOutPictureCount\":2"))
      #expect(json.contains("\"pictureCount\":1"))

      try remove(try #require(try source.picturePath(at: 1)))
      let none = error { _ = try self.run(source, wanted) }
      #expect(none?.code == .badData)
      #expect(none?.message.contains("none of the 3 pictures") == true)
    }
  }

  @Test("a task that the data set can't check is refused, whatever else is asked")
  func impossibleTask() throws {
    try withTemporaryFolder { folder in
      let pets = try pets(folder)
      let found = error {
        try Evaluator.check(pets, QuestionSettings(tasks: [.depth, .segmentation]))
      }
      #expect(found?.code == .usage)
      #expect(found?.message.contains("can't check depth;") == true)
    }
  }

  @Test("tasks without a question are told, and fail when there is no other")
  func tasksWithoutQuestions() throws {
    try withTemporaryFolder { folder in
      let pets = try pets(folder)
      let run = try run(pets, QuestionSettings(tasks: [.detection, .segmentation]))
      #expect(run.tasksWithoutQuestions == [.detection])
      #expect(run.segmentation?.meanIoU.value == 1)
      let found = error { _ = try self.run(pets, QuestionSettings(tasks: [.detection])) }
      #expect(found?.code == .badData)
      #expect(found?.message.contains("holds no questions of detection;") == true)
    }
  }
}
