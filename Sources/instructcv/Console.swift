import Foundation
import Platform
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Everything the program says. Results go to the standard output, all else to the standard error.
enum Console {
  enum Level: Int, Sendable { case quiet, normal, verbose }

  private static let level = Atomic<Int>(Level.normal.rawValue)
  /// The `errno` of a result that could not be written.
  private static let resultFailure = Atomic<Int32>(0)
  private static let progressLine = Mutex(false)

  /// How much is said on the standard error.
  static func configure(_ newLevel: Level) {
    level.store(newLevel.rawValue, ordering: .relaxed)
  }

  static var isQuiet: Bool { level.load(ordering: .relaxed) == Level.quiet.rawValue }
  static var isVerbose: Bool { level.load(ordering: .relaxed) == Level.verbose.rawValue }
  /// Whether progress may overwrite its line.
  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// A result line.
  static func result(_ text: String) {
    clearProgress()
    let code = write(text + "\n", to: STDOUT_FILENO)
    if code != 0 { resultFailure.store(code, ordering: .relaxed) }
  }

  /// Says whether all results have come out, at the end.
  ///
  /// - Throws: ``ReportableError`` when the standard output took no more: a full disk, a closed pipe.
  static func finish() throws {
    let code = resultFailure.load(ordering: .relaxed)
    guard code == 0 else {
      throw ReportableError(
        .inputOutput,
        "results can't be written to the standard output: "
          + String(cString: strerror(code)))
    }
  }

  /// A note about what is going on.
  static func note(_ text: String) {
    guard !isQuiet else { return }
    clearProgress()
    write(text + "\n")
  }

  /// A note for `--verbose`.
  static func detail(_ text: String) {
    guard isVerbose else { return }
    clearProgress()
    write(text + "\n")
  }

  /// Something unexpected that does not stop the program.
  static func warning(_ text: String) {
    clearProgress()
    write("instructcv: warning: \(text)\n")
  }

  /// The one line of a failure.
  static func error(_ text: String) {
    clearProgress()
    write("instructcv: \(text)\n")
  }

  /// The current progress: overwrites itself on a terminal, a plain line otherwise.
  static func progress(_ text: String) {
    guard !isQuiet else { return }
    guard isTerminal else { return write(text + "\n") }
    progressLine.withLock { $0 = true }
    write("\r\u{1b}[2K" + text)
  }

  private static func clearProgress() {
    let wasShowing = progressLine.withLock { showing in
      defer { showing = false }
      return showing
    }
    if wasShowing { write("\r\u{1b}[2K") }
  }

  /// Nobody is left to tell when this fails.
  private static func write(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// All of `text`, unbuffered; 0 or the `errno` of the failure.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    let bytes = Array(text.utf8)
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset)
      }
      if count < 0, errno != EINTR { return errno }
      offset += max(0, count)
    }
    return 0
  }
}

/// Progress of a counted job, with rate and remaining time; speaks at most a few times a second on
/// a terminal and every few seconds elsewhere.
struct ProgressMeter {
  private let label: String
  private let total: Int
  private let start = ContinuousClock.now
  private var startCount: Int
  private var lastShown: ContinuousClock.Instant?

  init(_ label: String, total: Int, startingAt startCount: Int = 0) {
    self.label = label
    self.total = total
    self.startCount = startCount
  }

  /// Shows that `count` of the total are done.
  mutating func update(_ count: Int, note: String = "") {
    let now = ContinuousClock.now
    let interval: Duration = Console.isTerminal ? .milliseconds(200) : .seconds(10)
    if let lastShown, now - lastShown < interval, count < total { return }
    lastShown = now
    let elapsed = (now - start) / .seconds(1)
    let done = Double(count - startCount)
    var text = "\(label) \(count)/\(total)"
    if elapsed > 0.5, done > 0 {
      let rate = done / elapsed
      text += String(format: "  %.1f/s", rate)
      if count < total { text += "  ETA " + Self.duration(Double(total - count) / rate) }
    }
    Console.progress(note.isEmpty ? text : text + "  " + note)
  }

  /// `1:02:03` or `2:03`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e8 else { return "?" }
    let whole = Int(seconds.rounded(.up))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
