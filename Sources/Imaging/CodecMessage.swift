import CJPEGShim
import Platform

/// Calls one of the C codecs, which leave one line of text behind when they fail.
func withCodecMessage(
  _ complaint: String, _ body: (UnsafeMutablePointer<CChar>) -> Int32
) throws {
  try withUnsafeTemporaryAllocation(
    of: CChar.self, capacity: CODEC_SHIM_MESSAGE_CAPACITY
  ) { buffer in
    buffer.initialize(repeating: 0)
    guard let message = buffer.baseAddress, body(message) == 1 else {
      let text = buffer.baseAddress.map { String(cString: $0) } ?? ""
      throw ReportableError(.badData, "\(complaint): \(text.isEmpty ? "out of memory" : text)")
    }
  }
}
