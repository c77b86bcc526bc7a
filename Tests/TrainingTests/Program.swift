import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// One run of the built program, watched through the files that its output goes to.
final class Program {
  private let identifier: pid_t
  private let output: String
  private let errors: String

  /// How it ended.
  struct Outcome {
    /// Nil when a signal ended it.
    let status: Int32?
    let output: String
    let errors: String
  }

  /// The program beside the test bundle, in the folder of builds.
  static let path: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent()
      .appendingPathComponent("instructcv").path
  }()

  /// Starts `instructcv` with `arguments`.
  ///
  /// - Parameter fileLimit: kibibytes that a file may have; writing beyond fails.
  init(_ arguments: [String], in folder: TrainingFolder, fileLimit: Int? = nil) throws {
    let name = UUID().uuidString
    output = folder["\(name).out"]
    errors = folder["\(name).err"]
    var words = [Self.path] + arguments
    if let fileLimit {
      let script = "trap '' XFSZ; ulimit -f \(fileLimit); exec \"$0\" \"$@\""
      words = ["/bin/bash", "-c", script] + words
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, path) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT, 0o644)
    }
    // The threads of tests block signals, and a child inherits that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var identifier = pid_t()
    let status = posix_spawn(&identifier, words[0], &actions, &attributes, &pointers, environ)
    try #require(status == 0, "\(words[0]) can't be started")
    self.identifier = identifier
  }

  /// Waits until the program has said `text` or has ended.
  func waitFor(_ text: String) {
    for _ in 0..<6000 {
      if read(errors).contains(text) { return }
      var information = siginfo_t()
      let ended = waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT | WNOHANG)
      if ended != 0 || information.si_signo != 0 { return }
      usleep(5000)
    }
  }

  func send(_ signal: Int32) { kill(identifier, signal) }

  func wait() -> Outcome {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    return Outcome(
      status: status & 0x7f == 0 ? (status >> 8) & 0xff : nil, output: read(output),
      errors: read(errors))
  }

  private func read(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
