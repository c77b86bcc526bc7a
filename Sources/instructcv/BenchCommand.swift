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

  /// - Throws: ``ValidationError`` where an option was given that `--on-request` leaves no use for.
  func validate(onRequest: Bool, without options: [(name: String, isGiven: Bool)]) throws {
    guard onRequest, let option = options.first(where: \.isGiven) else { return }
    throw ValidationError("--on-request and \(option.name) exclude each other")
  }

  func report(_ result: some Encodable, _ text: @autoclosure () -> String) throws {
    guard json else { return Console.result(text()) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Console.result(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

extension MeasuringSession {
  /// Prints the opening, then answers each line of the standard input, the name of work, with its
  /// measurement: one line of JSON each.
  fileprivate func serve() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func say(_ result: some Encodable) throws {
      Console.result(String(decoding: try encoder.encode(result), as: UTF8.self))
    }
    try say(opening)
    while let name = readLine() {
      try say(measure(name))
      // Nobody listens any more when this fails.
      try Console.finish()
    }
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

      With --on-request, each line of the standard input that names a part is answered with a line \
      of JSON: the part is done once and its time told. A part's first time is its warm-up.
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

  @Option(help: "What the matrices are kept in: fp32, bf16 or int8.")
  var precision = WeightPrecision.fp32

  @Option(help: ArgumentHelp("Parts to measure, with commas: \(BenchmarkedPart.namesText)."))
  var parts: String?

  @Flag(help: "Measure nothing but loading.")
  var loadOnly = false

  @Flag(help: "Measure the parts that lines of the standard input name, until it ends.")
  var onRequest = false

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
    if loadOnly && parts != nil {
      throw ValidationError("--load-only and --parts exclude each other")
    }
    try options.validate(
      onRequest: onRequest,
      without: [
        ("--parts", parts != nil), ("--load-only", loadOnly), ("--layers", layers),
        ("--json", options.json),
      ])
  }

  mutating func run() throws {
    try common.apply()
    var benchmark = ModelBenchmark(try subject())
    benchmark.repeats = options.repeats
    benchmark.resolution = resolution
    benchmark.steps = steps
    benchmark.precision = precision
    if onRequest { return try benchmark.session().serve() }
    if loadOnly { benchmark.parts = [] }
    if let parts {
      benchmark.parts = try parts.split(separator: ",", omittingEmptySubsequences: false).map {
        try BenchmarkedPart(named: String($0))
      }
    }
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
    abstract: "Times steps of the training stages on random data, for any configuration.",
    discussion: """
      With --on-request, each line of the standard input that names a stage is answered with a line \
      of JSON: one step is made and its time told. A stage's first step is its warm-up.
      """)

  @Option(help: "The YAML file whose sizes are used (default: those of the embedded model).")
  var config: String?

  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Overrides of the configuration, section.key=value.")
  var overrides: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only this stage: autoencoder, denoiser, or unet, which is the denoiser with the states of "
        + "its texts given. (default: the first two)"))
  var stage: TrainingBenchmark.Stage?

  @Flag(help: "Make a step of the stages that lines of the standard input name, until it ends.")
  var onRequest = false

  @Flag(help: "Print time and arithmetic of every operation.")
  var layers = false

  @OptionGroup var options: BenchOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    try options.validate(
      onRequest: onRequest,
      without: [
        ("--stage", stage != nil), ("--layers", layers), ("--json", options.json),
      ])
  }

  mutating func run() throws {
    try common.apply()
    var benchmark = TrainingBenchmark(
      try config.map { try TrainingConfiguration.load(path: $0, overrides: overrides) }
        ?? TrainingConfiguration())
    if onRequest { return try benchmark.session().serve() }
    if let stage { benchmark.stages = [stage] }
    benchmark.repeats = options.repeats
    let result = try benchmark.run(progress: Console.detail)
    try options.report(result, result.text(withOperations: layers))
  }
}

extension TrainingBenchmark.Stage: ExpressibleByArgument {}
