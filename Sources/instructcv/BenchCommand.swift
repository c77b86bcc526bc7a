import ArgumentParser
import Benchmarks
import Foundation
import Platform
import Training

/// `instructcv bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed and memory on this machine.",
    subcommands: [BenchTrainCommand.self])
}

/// What all benchmarks take.
struct BenchOptions: ParsableArguments {
  @Option(help: "Measurements of each thing, after a warm-up.")
  var repeats = 5

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(repeats) else {
      throw ValidationError("--repeats must be within 1 and 1000, not \(repeats)")
    }
  }

  func report(_ result: some Encodable, _ text: @autoclosure () -> String) throws {
    guard json else { return Console.result(text()) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Console.result(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

/// `instructcv bench train`
struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Times steps of both training stages on random data, for any configuration.")

  @Option(help: "The YAML file whose sizes are used (default: those of the embedded model).")
  var config: String?

  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Overrides of the configuration, section.key=value.")
  var overrides: [String] = []

  @Option(help: "Only this stage: autoencoder, denoiser.")
  var stage: TrainingBenchmark.Stage?

  @Flag(help: "Print time and arithmetic of every operation.")
  var layers = false

  @OptionGroup var options: BenchOptions
  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    var benchmark = TrainingBenchmark(
      try config.map { try TrainingConfiguration.load(path: $0, overrides: overrides) }
        ?? TrainingConfiguration())
    if let stage { benchmark.stages = [stage] }
    benchmark.repeats = options.repeats
    let result = try benchmark.run(progress: Console.detail)
    try options.report(result, result.text(withOperations: layers))
  }
}

extension TrainingBenchmark.Stage: ExpressibleByArgument {}
