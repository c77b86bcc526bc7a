import ArgumentParser
import Benchmarks

/// `instructcv bench precision`
struct BenchPrecisionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "precision",
    abstract: "Compares answers of narrow weights, bf16 and int8, with those of fp32.",
    discussion: """
      The same random inputs go through the parts of a model, and through a whole answer, in each \
      precision. Errors are root mean squares, relative to the result in fp32; the noise of pictures \
      is in dB. What it means for a task is what evaluate --precision tells.
      """)

  @OptionGroup var subject: BenchSubjectOptions

  @Option(help: "Steps of the whole answer.")
  var steps = PrecisionBenchmark.usualSteps

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...1000).contains(steps) else {
      throw ValidationError("--steps must be within 1 and 1000, not \(steps)")
    }
  }

  mutating func run() throws {
    try common.apply()
    var benchmark = PrecisionBenchmark(try subject.found())
    benchmark.model.resolution = subject.resolution
    benchmark.model.steps = steps
    let result = try benchmark.run(progress: Console.detail)
    try Console.report(result, result.text, asJSON: json)
  }
}
