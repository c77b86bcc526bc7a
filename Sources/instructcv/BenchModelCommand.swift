import ArgumentParser
import Benchmarks
import Kernels

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

  @OptionGroup var subject: BenchSubjectOptions

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

  @Flag(help: "Print time, arithmetic and memory of every operation and layer.")
  var layers = false

  @OptionGroup var options: BenchOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
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
    var benchmark = ModelBenchmark(try subject.found())
    benchmark.repeats = options.repeats
    benchmark.resolution = subject.resolution
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

}
