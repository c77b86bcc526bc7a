import ArgumentParser
import Benchmarks
import TensorCore
import Training

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

  @Option(
    help: ArgumentHelp(
      "What products of the denoiser are computed in, fp32 or bf16; fp32 where the processor does "
        + "not multiply bf16. (default: the configuration's)"))
  var products: ProductPrecision?

  @Flag(help: "Make a step of the stages that lines of the standard input name, until it ends.")
  var onRequest = false

  @Flag(help: "Print time, arithmetic and memory of every operation and layer.")
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
    var configuration = try TrainingConfiguration.load(path: config, overrides: overrides)
    if let products { configuration.denoiser.products = products }
    if let remark = configuration.denoiser.products.remark { Console.note("denoiser: \(remark)") }
    var benchmark = TrainingBenchmark(configuration)
    if onRequest { return try benchmark.session().serve() }
    if let stage { benchmark.stages = [stage] }
    benchmark.repeats = options.repeats
    let result = try benchmark.run(progress: Console.detail)
    try options.report(result, result.text(withOperations: layers))
  }
}

extension TrainingBenchmark.Stage: ExpressibleByArgument {}
extension ProductPrecision: ExpressibleByArgument {}
