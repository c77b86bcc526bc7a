import ArgumentParser
import Datasets
import Foundation
import Platform
import TensorCore
import Training

/// `instructcv train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model from a configuration file.",
    discussion: """
      Writes metrics, loss curves, sample pictures and checkpoints below --output. Ctrl-C saves a \
      checkpoint and ends; --resume goes on exactly where it was, also after a kill or a power cut.
      """)

  @Option(help: "The YAML file; see Configs/.")
  var config: String

  @Option(help: "Folder for everything the run writes (default: runs/<name>).")
  var output: String?

  @Flag(help: "Go on with the run in --output (begin it when there is none).")
  var resume = false

  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Overrides of the configuration, section.key=value.")
  var overrides: [String] = []

  @Flag(help: "Print the resolved configuration with estimates, and stop.")
  var dryRun = false

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let configuration = try TrainingConfiguration.load(path: config, overrides: overrides)
    if dryRun {
      Console.result(try StrictYAML.encode(configuration))
      Console.result(try estimate(configuration))
      return
    }
    Interrupt.listen()
    let output = output ?? "runs/\(configuration.name)"
    let examples = try TrainingExamples.load(configuration)
    Console.note("seed \(configuration.seed), \(examples.count) examples, output \(output)")
    Console.note(VersionText.machine)
    let run = try TrainingRun(
      configuration, examples: examples, output: output, resume: resume)
    try drive(run, logEvery: configuration.output.logEvery)
  }

  private func estimate(_ configuration: TrainingConfiguration) throws -> String {
    var examples: [TrainingExample] = []
    var lines: [String] = []
    do {
      examples = try TrainingExamples.load(configuration)
      lines.append("# data: \(examples.count) training examples in \(configuration.data.root)")
    } catch let error as ReportableError {
      lines.append("# data: \(error); the time to read and encode it is not counted")
    }
    return (lines + [try TrainingEstimate(configuration, examples: examples).text])
      .joined(separator: "\n")
  }

  private func drive(_ run: TrainingRun, logEvery: Int) throws {
    var stage = ""
    var totalSteps = 0
    var meter = ProgressMeter("", total: 1)
    var lossSum = 0.0
    var lossCount = 0
    while let event = try run.next() {
      switch event {
      case .stage(let name, let step, let total):
        Console.note(
          step == 0 ? "\(name): \(total) steps" : "\(name): from step \(step) of \(total)")
        (stage, totalSteps) = (name, total)
        meter = ProgressMeter(name, total: total, startingAt: step)
      case .step(let report):
        if !report.gradientNorm.isFinite {
          Console.warning("step \(report.step) of \(stage) was skipped: its gradient is not finite")
        }
        lossSum += report.loss
        lossCount += 1
        if report.step % logEvery == 0 || report.step == totalSteps {
          let note = String(
            format: "loss %.5f  rate %.2e  gradient %.3f  peak %d MB",
            lossSum / Double(max(lossCount, 1)), report.learningRate, report.gradientNorm,
            MemoryPool.statistics.peakByteCount >> 20)
          meter.update(report.step, note: note)
          (lossSum, lossCount) = (0, 0)
        }
      case .encoded(let pictures, let total):
        if stage != "latents" {
          stage = "latents"
          Console.note("latents: \(total) distinct pictures")
          meter = ProgressMeter(stage, total: total, startingAt: pictures)
        } else {
          meter.update(pictures)
        }
      case .checkpoint(let path): Console.detail("checkpoint \(path)")
      case .picture(let path): Console.detail("picture \(path)")
      case .note(let text): Console.note(text)
      case .finished(let model):
        Console.note("done")
        Console.result(model)
      }
      if Interrupt.isRequested {
        if let path = try run.save() {
          Console.note("interrupted; saved \(path); go on with --resume")
        } else {
          Console.note("interrupted between two stages; go on with --resume")
        }
        return
      }
    }
  }
}
