import ArgumentParser
import Benchmarks
import Foundation

/// `instructcv bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures speed, memory and accuracy on this machine.",
    subcommands: [
      BenchKernelsCommand.self, BenchModelCommand.self, BenchTrainCommand.self,
      BenchPrecisionCommand.self,
    ])
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
    try Console.report(result, text(), asJSON: json)
  }
}

extension Console {
  /// Prints a benchmark's result.
  static func report(
    _ result: some Encodable, _ text: @autoclosure () -> String, asJSON: Bool
  ) throws {
    guard asJSON else { return Console.result(text()) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Console.result(String(decoding: try encoder.encode(result), as: UTF8.self))
  }
}

extension MeasuringSession {
  /// Prints the opening, then answers each line of the standard input, the name of work, with its
  /// measurement: one line of JSON each.
  func serve() throws {
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
