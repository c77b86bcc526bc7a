import ArgumentParser
import Foundation
import Platform

/// The command line: parses, runs one command, and turns every failure into one line and an exit
/// code.
@main struct InstructCV: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "instructcv",
    abstract: "Turns an instruction and a picture into a vision answer.",
    discussion: """
      A latent diffusion model paints the answer as a picture; masks, boxes, depths and verdicts \
      are read back out of it. Without --model, the small embedded model answers; it knows only \
      its own rendered world.
      """,
    version: VersionText.text,
    subcommands: [
      TrainCommand.self,
      EvaluateCommand.self,
      DatasetCommand.self,
      BenchCommand.self,
    ])

  static func main() {
    // A closed pipe is an error of the write that meets it, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as ReportableError {
      Console.error(error.description)
      Foundation.exit(error.exitCode)
    } catch {
      let code = exitCode(for: error)
      if code != .success, code != .validationFailure, !(error is ExitCode) {
        // Parse errors carry their own text and usage; anything else is ours.
        if fullMessage(for: error).isEmpty { Console.error(String(describing: error)) }
      }
      exit(withError: error)
    }
  }
}
