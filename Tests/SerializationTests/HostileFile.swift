import Platform

/// A small broken file and the error it must give.
struct HostileFile: CustomStringConvertible, Sendable {
  let bytes: [UInt8]
  let message: String

  init(_ bytes: [UInt8], _ message: String) {
    self.bytes = bytes
    self.message = message
  }

  /// A file that is fetched again, as its message ends.
  init(damaged bytes: [UInt8], _ message: String) {
    self.init(bytes, message + "; it is damaged or incomplete, fetch it again")
  }

  var description: String { message }
}
