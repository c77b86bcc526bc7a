import Answering
import ArgumentParser
import Diffusion
import Serialization

/// `instructcv model convert`
struct ConvertModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Writes a model in another layout or type.",
    discussion: """
      Weights whose type stays are copied bit for bit. What no loader needs is left out: averages \
      that were not chosen, the optimizer, tables of the schedule.

      \(ModelCommand.layouts)
      """)

  @Argument(help: "The model: a folder, a file, or the name of an embedded model.")
  var input: String

  @Option(help: "The folder or file to write, which must not exist.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "diffusers: a folder; single: one safetensors file with CompVis' names, and the tokenizer "
        + "beside it."))
  var layout = ModelConverter.Target.diffusers

  @Option(help: "fp32, fp16 or bf16 (default: each weight's own).")
  var dtype: WeightType?

  @Option(help: "Of a checkpoint with both, ema (the moving averages) or raw weights.")
  var weights = WeightChoice.averages

  @Option(help: "An autoencoder's folder or file, for the model's own.")
  var vae: String?

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let files = try ModelFiles(
      path: ModelLocator.locate(input).path, autoencoderPath: vae, weights: weights)
    try ModelConverter(target: layout, type: dtype?.stored).write(files, to: output)
    Console.result("model: \(output)")
  }
}

/// `instructcv model widen`
struct WidenModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "widen",
    abstract: "Gives a Stable Diffusion UNet room for a picture beside the noise.",
    discussion: """
      The first convolution gets 8 input channels where it had 4; the new ones are zero, so the UNet \
      answers as before until it is trained (InstructPix2Pix, section 3.2): name the result as \
      denoiser.initial_model. Everything else is copied.

      \(ModelCommand.layouts)
      """)

  /// Of the latents: the noisy one and the picture's.
  private static let inputChannels = 8

  @Argument(help: "The model: a folder or a file.")
  var input: String

  @Option(help: "The folder or file to write, which must not exist.")
  var output: String

  @Option(help: "diffusers or single, as of \"model convert\".")
  var layout = ModelConverter.Target.diffusers

  @Option(help: "fp32, fp16 or bf16 (default: each weight's own).")
  var dtype: WeightType?

  @Option(help: "Of a checkpoint with both, ema (the moving averages) or raw weights.")
  var weights = WeightChoice.averages

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let files = try ModelFiles(path: ModelLocator.locate(input).path, weights: weights)
    try ModelConverter(target: layout, type: dtype?.stored, inputChannels: Self.inputChannels)
      .write(files, to: output)
    Console.result("model: \(output)")
  }
}

/// A type to store weights in.
enum WeightType: String, CaseIterable, ExpressibleByArgument {
  case fp32, fp16, bf16

  var stored: StoredElementType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .bf16: .brainFloat16
    }
  }
}

extension ModelConverter.Target: ExpressibleByArgument {}
