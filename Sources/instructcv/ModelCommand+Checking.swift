import Answering
import ArgumentParser
import Diffusion
import Kernels

/// `instructcv model check`
struct CheckModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compares what a model computes with what the reference software computed.",
    discussion: """
      The safetensors file of --against holds inputs and results: text states, latents, decoded \
      pictures, predictions of the UNet, trajectories of samplers, token ids, random numbers. \
      Scripts/parity.sh makes such files with diffusers and transformers. The relative error is the \
      largest difference divided by the largest expected number; ids, timesteps and random numbers \
      have to be equal.

      \(ModelCommand.layouts)

      Exit codes: 0 all pass, 1 one does not, 65 the file is damaged or belongs to another model.
      """)

  @Option(help: "A model's folder or file, or the name of an embedded model.")
  var model = ModelLocator.defaultName

  @Option(help: "An autoencoder's folder or file, for the model's own.")
  var vae: String?

  @Option(help: "The safetensors file with inputs and the reference's results.")
  var against: String

  @Option(parsing: .unconditional, help: "The largest relative error that passes.")
  var tolerance = 2e-4

  @Option(help: "What the model's matrices are kept in: fp32, bf16 or int8.")
  var precision = WeightPrecision.fp32

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance must not be negative, not \(tolerance)")
    }
  }

  mutating func run() throws {
    try common.apply()
    let path = try ModelLocator.locate(model).path
    let reference = try ReferenceFile(path: against)
    try reference.check(fits: ModelOutline(path: path, autoencoderPath: vae))
    let check = ModelCheck(
      reference,
      model: try InstructModel.load(
        path: path, autoencoderPath: vae, purpose: .inference(precision: precision)),
      tolerance: tolerance)
    let results = try check.run(progress: Console.detail)
    Console.result(json ? try results.json() : results.text)
    try Console.finish()
    if !results.allPass { throw ExitCode(1) }
  }
}
