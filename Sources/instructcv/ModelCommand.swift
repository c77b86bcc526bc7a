import Answering
import ArgumentParser
import Diffusion

/// `instructcv model`
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Looks at models and brings them into other layouts.",
    subcommands: [
      InspectModelCommand.self, ConvertModelCommand.self, WidenModelCommand.self,
      CheckModelCommand.self,
    ])

  /// What commands that take a model say about it.
  static let layouts = """
    A model is a folder in the layout of diffusers (unet, vae, text_encoder, tokenizer, scheduler; \
    weights as safetensors or PyTorch files, whole or in shards), or one file with CompVis' names, \
    a .ckpt or safetensors, with its tokenizer beside it. Content decides, not the file's name. \
    Nothing in a file is ever run.
    """
}

/// `instructcv model inspect`
struct InspectModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what a model holds: parts, sizes, types, and how it is asked best.",
    discussion: """
      Takes single parts as well, a folder or a file. Lists what is missing or too much, by the \
      configurations or, in a file, by what the other tensors tell, and leaves with code 65 then; \
      weights are not read.

      \(ModelCommand.layouts)
      """)

  @Argument(help: "A model's folder or file, a part's, or the name of an embedded model.")
  var model = ModelLocator.defaultName

  @Option(help: "An autoencoder's folder or file, for the model's own.")
  var vae: String?

  @Option(
    help: ArgumentHelp(
      "Which weights of a checkpoint with moving averages: "
        + WeightChoice.allCases.map(\.rawValue).joined(separator: " or ") + "."))
  var weights = WeightChoice.averages

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let inspection = try ModelInspection(
      path: ModelLocator.locate(model).path, autoencoderPath: vae, weights: weights)
    Console.result(json ? try inspection.json() : inspection.text)
    if let failure = inspection.failure { throw failure }
  }
}

extension WeightChoice: ExpressibleByArgument {}
