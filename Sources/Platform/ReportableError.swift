import Foundation

/// A failure caused by something outside the program: a file, a picture, a configuration, a
/// command line. It is thrown, reported in one line, and decides the exit code.
///
/// Mistakes inside the program are not errors of this kind; they stop in ``require(_:_:file:line:)``.
public struct ReportableError: Error, Sendable, CustomStringConvertible {
  /// What kind of outside failure this is; each has one exit code.
  public enum Code: Int32, Sendable {
    /// The command line makes no sense (64).
    case usage = 64
    /// An input exists but its content is unusable (65).
    case badData = 65
    /// An input does not exist or can't be opened (66).
    case missingInput = 66
    /// The program itself failed (70).
    case internalFailure = 70
    /// Reading or writing failed half-way: disk full, no permission (74).
    case inputOutput = 74
  }

  public let code: Code
  /// What went wrong and what to do about it, one line.
  public let message: String
  /// The file or folder concerned.
  public let path: String?
  /// The failure underneath, if any.
  public let cause: String?

  public init(_ code: Code, _ message: String, path: String? = nil, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.cause = cause.map { String(describing: $0) }
  }

  public var exitCode: Int32 { code.rawValue }

  /// `path: message (cause)`, in one line that a terminal can show: names out of files may hold
  /// anything.
  public var description: String {
    var text = path.map { "\($0): \(message)" } ?? message
    if let cause { text += " (\(cause))" }
    text.unicodeScalars = text.unicodeScalars.reduce(into: String.UnicodeScalarView()) {
      line, scalar in
      if scalar == "\n" {
        line.append(" ")
      } else if scalar.properties.generalCategory == .control {
        line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      } else {
        line.append(scalar)
      }
    }
    return text
  }

  /// The same failure, said of `path` when it names none yet.
  public func at(_ path: String) -> ReportableError {
    guard self.path == nil else { return self }
    return ReportableError(code, message, path: path, causeText: cause)
  }

  private init(_ code: Code, _ message: String, path: String?, causeText: String?) {
    self.code = code
    self.message = message
    self.path = path
    self.cause = causeText
  }
}
