import ArgumentParser
import Foundation
import Kernels
import Platform
import TensorCore

/// Options that every command takes.
struct CommonOptions: ParsableArguments {
  @Option(help: "Threads to compute with (default: all cores).")
  var threads: Int?

  @Flag(help: "Say only results and errors.")
  var quiet = false

  @Flag(help: "Say more about what is going on.")
  var verbose = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be within 1 and 1024, not \(threads)")
    }
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  /// Puts the options into force.
  func apply() throws {
    Console.configure(quiet ? .quiet : verbose ? .verbose : .normal)
    do {
      _ = try KernelSelection.resolve(environment: ProcessInfo.processInfo.environment)
    } catch {
      throw ReportableError(.usage, String(describing: error))
    }
    if let threads { Parallel.configure(threads: threads) }
    Console.detail(VersionText.machine)
  }
}
