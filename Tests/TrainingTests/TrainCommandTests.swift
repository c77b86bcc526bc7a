import Foundation
import Platform
import Serialization
import TensorCore
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#endif

/// `instructcv train` as a program: signals, kills, full disks and exit codes.
@Suite(.serialized, .enabled(if: FileManager.default.fileExists(atPath: Program.path)))
struct TrainCommandTests {
  private let small: SmallRun
  private let folder: TrainingFolder

  init() throws {
    small = try SmallRun.shared.get()
    folder = try TrainingFolder()
  }

  private func start(
    _ more: [String] = [], overrides: [String] = [], fileLimit: Int? = nil
  ) throws -> Program {
    try Program(
      ["train", "--config", SmallRun.smokeConfiguration, "--output", folder["run"], "--verbose"]
        + more + ["--set"] + small.overrides + overrides, in: folder, fileLimit: fileLimit)
  }

  private func expectUndisturbed(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let results = try SmallRun.results(of: folder, "run")
    #expect(
      SmallRun.differences(results, try SmallRun.undisturbed.get()) == [],
      sourceLocation: sourceLocation)
  }

  /// Every checkpoint under a final name must be whole.
  private func expectWholeCheckpoints() throws {
    for stage in ["autoencoder", "denoiser"] {
      let checkpoints = CheckpointFolder(path: folder["run/checkpoints/\(stage)"])
      for step in checkpoints.steps() {
        #expect(try checkpoints.state(step: step).step == step)
        for name in ["weights", "averages", "first_moments", "second_moments"] {
          _ = try SafetensorsFile(path: checkpoints.folder(step: step) + "/\(name).safetensors")
        }
      }
    }
  }

  @Test func runsThroughOnOneThreadAsOnTwo() throws {
    let outcome = try start(["--threads", "1"]).wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == folder["run/model"] + "\n")
    for part in ["denoiser 4/6", "loss"] {
      #expect(outcome.errors.contains(part), "\(outcome.errors)")
    }
    try expectUndisturbed()
  }

  @Test(arguments: ["autoencoder", "denoiser"])
  func aTerminatedRunSavesAndGoesOnBitForBit(stage: String) throws {
    let program = try start()
    program.waitFor("checkpoints/\(stage)/step-00000002")
    program.send(stage == "denoiser" ? SIGTERM : SIGINT)
    let outcome = program.wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    // The last steps may be done before the signal arrives.
    #expect(
      outcome.errors.contains("go on with --resume")
        || stage == "denoiser" && outcome.errors.contains("done"))
    let end = try start(["--resume"]).wait()
    #expect(end.status == 0, "\(end.errors)")
    try expectUndisturbed()
  }

  @Test func killsAtAnyMomentLoseNothing() throws {
    var stream = RandomStream(seed: UInt64(getpid()))
    for _ in 0..<6 {
      let program = try start(["--resume"])
      usleep(UInt32(stream.integer(in: 5_000..<400_000)))
      program.send(SIGKILL)
      _ = program.wait()
      try expectWholeCheckpoints()
    }
    let end = try start(["--resume"]).wait()
    #expect(end.status == 0, "\(end.errors)")
    try expectUndisturbed()
  }

  @Test func terminationsAtAnyMomentLoseNothing() throws {
    var stream = RandomStream(seed: UInt64(getpid()) + 1)
    var interruptions = 0
    for _ in 0..<4 {
      let program = try start(["--resume"])
      program.waitFor("examples, output")
      usleep(UInt32(stream.integer(in: 0..<150_000)))
      program.send(SIGTERM)
      let outcome = program.wait()
      #expect(outcome.status == 0, "\(outcome.errors)")
      if outcome.errors.contains("interrupted") { interruptions += 1 }
    }
    #expect(interruptions > 0)
    #expect(try start(["--resume"]).wait().status == 0)
    try expectUndisturbed()
  }

  @Test func aFullDiskKeepsTheCheckpointThatIsThere() throws {
    let long = ["autoencoder.steps=100000", "output.checkpoint_every=5"]
    let first = try start(overrides: long)
    first.waitFor("step-00000005")
    first.send(SIGTERM)
    #expect(first.wait().status == 0)
    let checkpoints = CheckpointFolder(path: folder["run/checkpoints/autoencoder"])
    let before = try folder.contents(of: "run/checkpoints")
    #expect(!before.isEmpty)
    let full = try start(["--resume"], overrides: long, fileLimit: 8).wait()
    #expect(full.status == 74, "\(full.errors)")
    #expect(full.errors.contains("can't be written") && full.errors.contains("free space"))
    #expect(try folder.contents(of: "run/checkpoints") == before)
    let newest = try #require(checkpoints.steps().last)
    let again = try start(["--resume"], overrides: long)
    again.waitFor("checkpoint ")
    again.send(SIGTERM)
    #expect(again.wait().status == 0)
    #expect(try #require(checkpoints.steps().last) > newest)
  }

  @Test func failuresAreOneLineAndAnExitCode() throws {
    try Data().write(to: URL(fileURLWithPath: folder["file"]))
    func outcome(_ arguments: [String], _ overrides: [String] = []) throws -> Program.Outcome {
      try Program(
        ["train", "--config", SmallRun.smokeConfiguration, "--quiet"] + arguments + ["--set"]
          + small.overrides + overrides, in: folder
      ).wait()
    }
    for (arguments, overrides, status, message) in [
      (["--output", folder["file"]], [], 74, "can't be opened"),
      (["--output", folder["file/run"]], [], 74, "can't be made: Not a directory"),
      (["--output", folder["a"]], ["data.root=\(folder["none"])"], 66, "holds no seeds.json"),
      (["--output", folder["a"]], ["denoiser.bach=3"], 65, "did you mean batch?"),
      (["--output", folder["a"]], ["denoiser"], 64, "--set needs key=value"),
    ] as [([String], [String], Int32, String)] {
      let outcome = try outcome(arguments, overrides)
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
    #expect(!FileManager.default.fileExists(atPath: folder["a"]))
  }

  @Test func aDryRunPrintsAConfigurationAndLeavesNothing() throws {
    let outcome = try start(["--dry-run"]).wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder["run"]))
    try outcome.output.write(toFile: folder["dry.yaml"], atomically: true, encoding: .utf8)
    #expect(try TrainingConfiguration.load(path: folder["dry.yaml"]) == small.configuration())
    #expect(outcome.output.contains("# time: "))
  }
}
