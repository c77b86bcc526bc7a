import Answering
import ArgumentParser
import Benchmarks
import Training

/// Whose speed or accuracy is measured, and at what size.
struct BenchSubjectOptions: ParsableArguments {
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
  }

  /// - Throws: ``ReportableError`` for names of nothing.
  func found() throws -> ModelBenchmark.Subject {
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
