import CJPEGShim
import Platform

extension PNG {
  /// Limits on text read from a file: one text, all texts, and their number.
  private static let maximumTextByteCount = 4 << 20
  private static let maximumAllTextByteCount = 16 << 20
  private static let maximumTextCount = 1000

  /// The texts stored in the PNG file at `path` (chunks tEXt, zTXt and iTXt), in their order.
  ///
  /// - Throws: ``ReportableError`` when it is no PNG file, ends early, a text chunk is damaged, or
  ///   there is more text than 4 MiB in one or 16 MiB in all.
  public static func readText(_ path: String) throws -> [(keyword: String, text: String)] {
    let bytes = try InputFile.bytes(
      at: path, maximumByteCount: PictureLimit.standard.maximumByteCount)
    return try ReportableError.naming(path) { try text(in: bytes) }
  }

  /// The texts in the content of a PNG file; see ``readText(_:)``.
  public static func text(in bytes: [UInt8]) throws -> [(keyword: String, text: String)] {
    let format = PictureFormat(of: bytes)
    guard format == .png else {
      throw ReportableError(.badData, "\(format.complaint) where a PNG file is needed")
    }
    var texts: [(keyword: String, text: String)] = []
    var byteCount = 0
    var chunks = PNGChunks(bytes)
    while let chunk = chunks.next() {
      guard ["tEXt", "zTXt", "iTXt"].contains(chunk.type) else { continue }
      guard chunks.isIntact(chunk) else {
        throw ReportableError(.badData, "has a damaged \(chunk.type) chunk; fetch it again")
      }
      let entry = try parseText(bytes[chunk.body], type: chunk.type)
      byteCount += entry.text.utf8.count + entry.keyword.utf8.count
      texts.append(entry)
      guard texts.count <= maximumTextCount, byteCount <= maximumAllTextByteCount else {
        throw ReportableError(.badData, "has more text than a picture needs; strip its metadata")
      }
    }
    guard chunks.hasEnded else {
      throw ReportableError(.badData, "is an incomplete PNG file; fetch it again")
    }
    return texts
  }

  private static func parseText(
    _ body: ArraySlice<UInt8>, type: String
  ) throws -> (keyword: String, text: String) {
    var rest = body
    /// Everything up to the next zero byte, which is dropped.
    func field() throws -> ArraySlice<UInt8> {
      guard let end = rest.firstIndex(of: 0) else { throw malformed(type) }
      defer { rest = rest[(end + 1)...] }
      return rest[..<end]
    }
    let keyword = latin1(try field())
    guard (1...79).contains(keyword.unicodeScalars.count) else { throw malformed(type) }
    switch type {
    case "tEXt":
      try checkSize(rest.count)
      return (keyword, latin1(rest))
    case "zTXt":
      guard rest.popFirst() == 0 else { throw malformed(type) }
      return (keyword, latin1(try inflate(rest, type: type)[...]))
    default:
      guard let isCompressed = rest.popFirst(), isCompressed <= 1, rest.popFirst() == 0 else {
        throw malformed(type)
      }
      _ = try field()  // The language.
      _ = try field()  // The keyword in that language.
      try checkSize(rest.count)
      let encoded = isCompressed == 1 ? try inflate(rest, type: type)[...] : rest
      guard let text = String(validating: encoded, as: UTF8.self) else { throw malformed(type) }
      return (keyword, text)
    }
  }

  private static func inflate(_ bytes: ArraySlice<UInt8>, type: String) throws -> [UInt8] {
    // Grown step by step: a few bytes may claim to be megabytes.
    var capacity = min(maximumTextByteCount, max(1024, 8 * bytes.count))
    while true {
      var status: Int32 = 0
      let output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        bytes.withUnsafeBufferPointer {
          status = png_shim_inflate(
            $0.baseAddress, $0.count, buffer.baseAddress, capacity, &count)
        }
      }
      if status == 1 { return output }
      guard status == -1 else { throw malformed(type) }
      try checkSize(capacity + 1)
      capacity = min(maximumTextByteCount, 8 * capacity)
    }
  }

  private static func checkSize(_ byteCount: Int) throws {
    guard byteCount <= maximumTextByteCount else {
      throw ReportableError(
        .badData, "has a text of more than \(maximumTextByteCount) bytes; strip its metadata")
    }
  }

  private static func malformed(_ type: String) -> ReportableError {
    ReportableError(.badData, "has a malformed \(type) chunk; strip its metadata")
  }

  private static func latin1(_ bytes: ArraySlice<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
    return String(text)
  }

  /// `text` in Latin-1 as tEXt may hold it: printable letters and line feeds.
  private static func latin1Bytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      guard byte == 10 || (0x20...0x7e).contains(byte) || byte >= 0xa0 else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// One chunk: tEXt where Latin-1 can say it, otherwise iTXt in UTF-8.
  static func textChunk(keyword: String, text: String) throws -> [UInt8] {
    guard let name = latin1Bytes(keyword), (1...79).contains(name.count), !name.contains(10),
      !keyword.hasPrefix(" "), !keyword.hasSuffix(" "), !keyword.contains("  ")
    else {
      throw ReportableError(
        .badData, "\"\(keyword)\" can't be a PNG keyword; use 1 to 79 Latin letters")
    }
    guard text.utf8.count <= maximumTextByteCount, !text.utf8.contains(0) else {
      throw ReportableError(
        .badData, "the text for \"\(keyword)\" is too long or has a zero byte; shorten it")
    }
    if let body = latin1Bytes(text) {
      return PNGChunks.serialized(type: "tEXt", body: name + [0] + body)
    }
    return PNGChunks.serialized(
      type: "iTXt", body: name + [0, 0, 0, 0, 0] + Array(text.utf8))
  }
}
