import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Platform
import Testing
import instructcv

@Suite("instructcv evaluate", .serialized)
struct EvaluateCommandTests {
  private func run(_ arguments: [String]) throws {
    var command = try EvaluateCommand.parse(arguments + ["--quiet"])
    try command.run()
  }

  private func withWorld(_ body: (_ folder: String, _ root: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/evaluate-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let root = folder + "/world"
    try SceneWorldWriter.write(
      count: SceneCounts(train: 0, val: 3, valUnseen: 1), seed: 2, size: 64, to: root)
    try body(folder, root)
  }

  @Test("scores and page are written, and the same the next time")
  func files() throws {
    try withWorld { folder, root in
      func json(_ name: String, _ more: [String] = []) throws -> String {
        try run(
          ["--root", root, "--oracle", "--outline-width", "2", "--json", folder + "/" + name]
            + more)
        return try InputFile.text(at: folder + "/" + name)
      }
      let first = try json("a.json", ["--report", folder + "/page", "--cases", "1"])
      #expect(try json("b.json", ["--batch", "3", "--threads", "1"]) == first)
      #expect(FileManager.default.fileExists(atPath: folder + "/page/index.html"))
      let object = try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any]
      let runs = try #require(object?["runs"] as? [[String: Any]])
      #expect(runs.count == 1 && runs[0]["pictureCount"] as? Int == 3)
      let conditions = try #require(object?["conditions"] as? [String: Any])
      #expect(conditions["origin"] as? String == "oracle")
      #expect(conditions["protocol"] as? String == "standard")

      let several = try json(
        "c.json",
        [
          "--split", "val_unseen", "--tasks", "depth", "--phrasing", "template,held-out,training",
          "--protocol", "paper",
        ])
      #expect(several.matches(of: #/"phrasing" :/#).count == 3)
    }
  }

  @Test(
    "command lines that make no sense",
    arguments: [
      (["--root", "r", "--oracle", "--through-autoencoder", "--model", "m"], "exclude each other"),
      (["--root", "r", "--oracle", "--limit", "0"], "--limit must be positive"),
      (["--root", "r", "--oracle", "--batch", "0"], "--batch must be within"),
      (["--root", "r", "--oracle", "--eigen-crop"], "--dataset nyu alone"),
      (["--root", "r", "--oracle", "--outline-width", "99"], "--outline-width must be within"),
      (["--root", "r", "--oracle", "--protocol", "mine"], "mine"),
      (["--root", "r", "--oracle", "--tasks", "poetry"], "poetry"),
      (["--root", "r", "--oracle", "--dataset", "imagenet"], "imagenet"),
    ])
  func misuse(arguments: [String], part: String) {
    let error = #expect(throws: (any Error).self) { try EvaluateCommand.parse(arguments) }
    let text = error.map { EvaluateCommand.message(for: $0) } ?? ""
    #expect(text.contains(part), "\(text)")
  }

  @Test("wishes that the data can't fulfil name the remedy")
  func refusals() throws {
    try withWorld { folder, root in
      func message(_ arguments: [String]) -> String {
        let error = #expect(throws: ReportableError.self) { try run(arguments) }
        return error?.description ?? ""
      }
      let oracle = ["--root", root, "--oracle"]
      #expect(message(["--root", folder + "/none", "--oracle"]).contains("none"))
      #expect(message(oracle + ["--split", "test"]).contains("val_unseen"))
      #expect(message(oracle + ["--phrasing", "loud"]).contains("held-out"))
      #expect(message(oracle + ["--phrasing", "file"]).contains("--prompts task=file"))
      #expect(message(oracle + ["--prompts", "depth"]).contains("task=file"))
      #expect(message(oracle + ["--colors", "red", "red"]).contains("all different"))
      #expect(message(oracle + ["--colors", "red", "mauvish"]).contains("mauvish"))
      #expect(
        message(["--root", root, "--model", folder + "/m"]).contains("nor an embedded model"))
    }
  }
}
