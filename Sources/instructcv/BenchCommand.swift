import Answering
import ArgumentParser
import Benchmarks
import Foundation
import Kernels
import Platform
import Training

/// `instructcv bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed and memory on this machine.",
    subcommands: [BenchKernelsCommand.self, BenchModelCommand.self, BenchTrainCommand.self])
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

/// `instructcv bench kernels`
struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Times products, convolutions, attention and normalisation on the models' shapes.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    var benchmark = KernelBenchmark()
    benchmark.repeats = options.repeats
    let result = benchmark.run(progress: Console.detail)
    try options.report(result, result.text)
  }
}

/// `instructcv bench model`
struct BenchModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Times every part of an answer, and the whole.",
    discussion: """
      Measures the embedded model, or --model, or random weights of the sizes of --sizes; speed does \
      not depend on what the weights know. Loading is measured once: how fast it is depends on \
      whether the system still has the files in memory.
      """)

  @Option(help: "A model's folder or file, or the name of an embedded model.")
  var model: String?

  @Option(help: "An autoencoder's folder or file, for the model's own.")
  var vae: String?

  @Option(help: "Random weights instead: sd15, or the YAML file of a training whose sizes to use.")
  var sizes: String?

  @Option(
    help: ArgumentHelp(
      "The side of the picture in pixels (default: the model's, or "
        + "\(ModelBenchmark.usualResolution) where it says nothing)."))
  var resolution: Int?

  @Option(
    help: ArgumentHelp(
      "Steps of the whole answer (default: the model's, or \(ModelBenchmark.usualSteps) where it "
        + "says nothing)."))
  var steps: Int?

  @Option(help: "What the matrices are kept in: fp32 or bf16.")
  var precision = WeightPrecision.fp32

  @Flag(help: "Measure nothing but loading.")
  var loadOnly = false

  @Flag(help: "Print time and arithmetic of every operation.")
  var layers = false

  @OptionGroup var options: BenchOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if model != nil && sizes != nil {
      throw ValidationError("--model and --sizes exclude each other")
    }
    if vae != nil && sizes != nil {
      throw ValidationError("--vae and --sizes exclude each other")
    }
    if let resolution, !(8...4096).contains(resolution) {
      throw ValidationError("--resolution must be within 8 and 4096, not \(resolution)")
    }
    if let steps, !(1...1000).contains(steps) {
      throw ValidationError("--steps must be within 1 and 1000, not \(steps)")
    }
  }

  mutating func run() throws {
    try common.apply()
    var benchmark = ModelBenchmark(try subject())
    benchmark.repeats = options.repeats
    benchmark.resolution = resolution
    benchmark.steps = steps
    benchmark.onlyLoads = loadOnly
    benchmark.precision = precision
    let result = try benchmark.run(progress: Console.detail)
    try options.report(result, result.text(withOperations: layers))
  }

  private func subject() throws -> ModelBenchmark.Subject {
    func located(_ name: String) throws -> ModelBenchmark.Subject {
      .model(path: try ModelLocator.locate(name).path, autoencoder: vae)
    }
    if let model { return try located(model) }
    switch sizes {
    case "sd15": return .stableDiffusion
    case .some(let path):
      let configuration = try TrainingConfiguration.load(path: path)
      return .random(configuration.model, name: configuration.name)
    case nil:
      guard vae != nil || ModelLocator.embeddedNames.contains(ModelLocator.defaultName) else {
        return .random(ModelSizes(), name: "sizes of the embedded model")
      }
      return try located(ModelLocator.defaultName)
    }
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
