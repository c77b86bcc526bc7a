import Foundation
import Platform
import Testing
import Training

@Suite struct MetricsLogTests {
  private let folder: TrainingFolder
  private let path: String

  init() throws {
    folder = try TrainingFolder()
    path = folder["metrics.jsonl"]
  }

  private func report(_ step: Int, loss: Double = 0.1) -> StepReport {
    StepReport(
      step: step, loss: loss, parts: ["part": loss, "bad": .nan], learningRate: 1e-3,
      gradientNorm: .infinity, exampleCount: 4)
  }

  private func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func filled() throws -> MetricsLog {
    var log = try MetricsLog(path: path, continuing: false)
    for step in 1...3 { log.add(report(step), stage: "autoencoder") }
    for step in 1...4 { log.add(report(step, loss: 1 / 3), stage: "denoiser") }
    try log.flush()
    return log
  }

  @Test func linesAreJSONWithoutNumbersThatAreNone() throws {
    _ = try filled()
    let lines = try text().split(separator: "\n")
    #expect(lines.count == 7)
    #expect(
      lines[3]
        == #"{"learning_rate":0.001,"loss":0.3333333333333333,"parts":{"part":0.3333333333333333},"stage":"denoiser","step":1}"#
    )
  }

  @Test func onlyWhatWillBeDoneAgainIsForgotten() throws {
    let whole = try filled()
    let before = try text()
    var log = try MetricsLog(path: path, continuing: true)
    #expect(log.lines == whole.lines)
    try log.forget(stage: "autoencoder", after: 3)
    #expect(try text() == before)
    try log.forget(stage: "denoiser", after: 2)
    #expect(try text().split(separator: "\n").count == 5)
    for step in 3...4 { log.add(report(step, loss: 1 / 3), stage: "denoiser") }
    try log.flush()
    #expect(try text() == before)
  }

  @Test(arguments: [1, 40, 100])
  func aLineThatWasCutOffIsWrittenAgain(missing: Int) throws {
    _ = try filled()
    let before = try text()
    try String(before.dropLast(missing)).write(toFile: path, atomically: true, encoding: .utf8)
    var log = try MetricsLog(path: path, continuing: true)
    try log.forget(stage: "denoiser", after: 3)
    log.add(report(4, loss: 1 / 3), stage: "denoiser")
    try log.flush()
    #expect(try text() == before)
  }

  @Test func anotherRunBeginsEmpty() throws {
    _ = try filled()
    let log = try MetricsLog(path: path, continuing: false)
    #expect(log.lines.isEmpty)
    #expect(try text().isEmpty)
  }

  @Test func aFileThatIsGoneIsTold() throws {
    var log = try filled()
    try FileManager.default.removeItem(atPath: path)
    log.add(report(5), stage: "denoiser")
    expectReport(.inputOutput, path) { try log.flush() }
  }
}
