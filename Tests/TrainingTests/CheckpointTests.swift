import Foundation
import Layers
import Platform
import TensorCore
import Testing
import Training

@Suite struct CheckpointTests {
  private let folder: TrainingFolder
  private let trainer: AutoencoderTrainer
  private let checkpoints: CheckpointFolder

  init() throws {
    folder = try TrainingFolder()
    trainer = try Self.trainer()
    checkpoints = CheckpointFolder(path: folder["checkpoints"], keptCount: 2)
  }

  private static func trainer(_ fingerprint: String = "a") throws -> AutoencoderTrainer {
    try SyntheticStages.autoencoder(fingerprint: fingerprint)
  }

  @Test func keepsTheNewest() throws {
    for _ in 0..<4 {
      _ = try trainer.advance()
      try trainer.save(to: checkpoints)
    }
    #expect(checkpoints.steps() == [3, 4])
    #expect(try folder.contents(of: "checkpoints").keys.count == 10)
  }

  @Test func everythingComesBack() throws {
    for _ in 0..<3 { _ = try trainer.advance() }
    try trainer.save(to: checkpoints)
    let other = try Self.trainer()
    try other.restore(step: 3, from: checkpoints)
    #expect(other.state == trainer.state)
    for (a, b) in [
      (trainer.optimizer.averages, other.optimizer.averages),
      (trainer.optimizer.firstMoments, other.optimizer.firstMoments),
      (trainer.optimizer.secondMoments, other.optimizer.secondMoments),
      (trainer.parameters.parameters.map(\.value), other.parameters.parameters.map(\.value)),
    ] {
      #expect(a.map(\.floats) == b.map(\.floats))
    }
    #expect(try trainer.advance() == other.advance())
  }

  @Test func damageIsToldWithTheWayOut() throws {
    for _ in 0..<2 {
      _ = try trainer.advance()
      try trainer.save(to: checkpoints)
    }
    let state = trainer.state
    let newest = checkpoints.folder(step: 2)
    let weights = newest + "/weights.safetensors"
    let intact = try Data(contentsOf: URL(fileURLWithPath: weights))
    var flipped = intact
    flipped[intact.count - 3] ^= 0x10
    for bytes in [flipped, intact.prefix(intact.count / 2), Data()] {
      try bytes.write(to: URL(fileURLWithPath: weights))
      expectReport(.badData, "damaged", "remove this folder to go on from step 1") {
        try Self.trainer().restore(step: 2, from: checkpoints)
      }
    }
    try FileManager.default.removeItem(atPath: weights)
    expectReport(.badData, "damaged", "weights.safetensors") {
      try Self.trainer().restore(step: 2, from: checkpoints)
    }
    try intact.write(to: URL(fileURLWithPath: weights))
    let file = newest + "/state.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for (old, new) in [
      ("\"step\" : 2", "\"step\" : -2"), ("\"noise\" : 16", "\"noise\" : -1"),
      ("\"noise\" : 16", "\"other\" : 16"), ("\"updateCount\" : 2", "\"updateCount\" : 3"),
      ("{", ""),
    ] {
      #expect(text.contains(old))
      try text.replacingOccurrences(of: old, with: new)
        .write(toFile: file, atomically: true, encoding: .utf8)
      expectReport(.badData, newest) { try Self.trainer().restore(step: 2, from: checkpoints) }
    }
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let whole = try Self.trainer()
    try whole.restore(step: 2, from: checkpoints)
    #expect(whole.state == state)
  }

  @Test func anotherRunsCheckpointIsRefused() throws {
    _ = try trainer.advance()
    try trainer.save(to: checkpoints)
    let other = try Self.trainer("b")
    let before = other.parameters.parameters.map(\.value.floats)
    expectReport(.badData, "another configuration, data set or autoencoder") {
      try other.restore(step: 1, from: checkpoints)
    }
    #expect(other.parameters.parameters.map(\.value.floats) == before)
  }

  @Test func unfinishedFoldersAreNoCheckpoints() throws {
    _ = try trainer.advance()
    try trainer.save(to: checkpoints)
    for name in ["step-00000007.partial", "step-00000005.old.partial", "step-x", "other"] {
      try FileManager.default.createDirectory(
        atPath: checkpoints.path + "/" + name, withIntermediateDirectories: true)
    }
    #expect(checkpoints.steps() == [1])
  }

  @Test func aFolderThatCannotBeWrittenIsTold() throws {
    let file = folder["file"]
    try Data().write(to: URL(fileURLWithPath: file))
    expectReport(.inputOutput, "can't be made") {
      try trainer.save(to: CheckpointFolder(path: file + "/checkpoints"))
    }
  }
}
