import Answering
import Diffusion
import Foundation
import Platform
import Testing

@Suite struct TaskAdviceTests {
  private func card() -> ModelCard {
    var card = ModelCard.standard
    card.tasks = [
      "detection": .init(steps: 7, textGuidance: 2), "depth": .init(imageGuidance: 1),
    ]
    return card
  }

  @Test func eachTaskIsAskedAsTheCardSays() {
    let detection = AnswerSettings(card(), task: .detection)
    #expect(detection.steps == 7)
    #expect(detection.textGuidance == 2)
    #expect(detection.imageGuidance == ModelCard.standard.imageGuidance)
    let depth = AnswerSettings(card(), task: .depth)
    #expect(depth.steps == ModelCard.standard.steps)
    #expect(depth.imageGuidance == 1)
    #expect(AnswerSettings(card(), task: .segmentation) == AnswerSettings(.standard))
    #expect(AnswerSettings(card()) == AnswerSettings(.standard))
  }

  @Test func adviceIsKeptInTheFile() throws {
    let data = try JSONEncoder().encode(card())
    #expect(try JSONDecoder().decode(ModelCard.self, from: data) == card())
  }

  @Test(arguments: [
    ("{\"depth\": {\"steps\": 0}}", "0 steps for \"depth\""),
    ("{\"depth\": {\"steps\": \"two\"}}", "is not a model card"),
    ("[]", "is not a model card"),
  ])
  func badAdviceIsRefused(_ tasks: String, _ message: String) throws {
    let folder = NSTemporaryDirectory() + "advice-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var card = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(ModelCard.standard))
        as? [String: Any])
    card["tasks"] = try JSONSerialization.jsonObject(with: Data(tasks.utf8))
    try JSONSerialization.data(withJSONObject: card)
      .write(to: URL(fileURLWithPath: folder + "/" + ModelCard.fileName))
    let error = #expect(throws: ReportableError.self) { try ModelCard.load(folder: folder) }
    #expect(error?.code == .badData)
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }
}
