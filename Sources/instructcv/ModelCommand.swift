import Answering
import ArgumentParser

/// `instructcv model`
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Looks at models.",
    subcommands: [
      InspectModelCommand.self
    ])
}

/// `instructcv model inspect`
struct InspectModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what a model's folder holds: parts, sizes, types, and how it is asked best.",
    discussion: """
      Checks on the way that all parts are there, whole, and belong to each other; weights are not \
      loaded.
      """)

  @Argument(help: "A model's folder, or the name of an embedded model.")
  var model = ModelLocator.defaultName

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var common: CommonOptions

  mutating func run() throws {
    try common.apply()
    let inspection = try ModelInspection(folder: ModelLocator.locate(model).folder)
    Console.result(json ? try inspection.json() : inspection.text)
  }
}
