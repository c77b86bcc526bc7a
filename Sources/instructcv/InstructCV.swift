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
      RunCommand.self,
      TrainCommand.self,
      EvaluateCommand.self,
      DatasetCommand.self,
      ModelCommand.self,
      BenchCommand.self,
    ])

  static func main() {
    // A closed pipe is an error of the write that meets it, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
      try Console.finish()
    } catch let error as ReportableError {
      Console.error(error.description)
      Foundation.exit(error.exitCode)
    } catch {
      let code = exitCode(for: error)
      if code == .success || error is ExitCode { exit(withError: error) }
      // One line, whatever the parser says.
      let text = message(for: error).isEmpty ? String(describing: error) : message(for: error)
      let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
      Console.error("\(line); see \(helpHint(for: error))")
      Foundation.exit(code.rawValue)
    }
  }

  /// The command that explains itself.
  private static func helpHint(for error: any Error) -> String {
    let usage = fullMessage(for: error).split(whereSeparator: \.isNewline).first {
      $0.contains("instructcv help") || $0.contains("--help")
    }
    guard let quote = usage?.split(separator: "'"), quote.count > 1 else {
      return "\"instructcv --help\""
    }
    return "\"\(quote[1])\""
  }
}
