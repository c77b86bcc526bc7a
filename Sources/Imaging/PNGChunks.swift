import CJPEGShim
import Platform

/// The chunks of a PNG file in their order, as far as they lie inside the file.
struct PNGChunks: Sequence, IteratorProtocol {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  struct Chunk {
    /// Four letters.
    let type: String
    /// Where its data are in the file.
    let body: Range<Int>
    let storedChecksum: UInt32
  }

  private let bytes: [UInt8]
  private(set) var position: Int
  private(set) var hasEnded = false

  /// - Parameter bytes: a whole file, beginning with the signature.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = Self.signature.count
  }

  /// The next chunk; nil after IEND and where the file ends early (`hasEnded` tells which).
  mutating func next() -> Chunk? {
    guard !hasEnded, bytes.count - position >= 12 else { return nil }
    let length = Int(number(at: position))
    guard length <= bytes.count - position - 12 else { return nil }
    let body = (position + 8)..<(position + 8 + length)
    let type = String(decoding: bytes[(position + 4)..<(position + 8)], as: UTF8.self)
    position = body.upperBound + 4
    hasEnded = type == "IEND"
    return Chunk(type: type, body: body, storedChecksum: number(at: body.upperBound))
  }

  private func number(at offset: Int) -> UInt32 {
    bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Whether the checksum of `chunk`, one of these, fits its type and data.
  func isIntact(_ chunk: Chunk) -> Bool {
    Self.checksum(of: bytes[(chunk.body.lowerBound - 4)..<chunk.body.upperBound])
      == chunk.storedChecksum
  }

  static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { png_shim_crc(0, $0.baseAddress, $0.count) }
  }

  /// A chunk as it stands in a file: length, type, data, checksum.
  static func serialized(type: String, body: [UInt8]) -> [UInt8] {
    require(type.utf8.count == 4, "\"\(type)\" is no chunk type")
    var chunk: [UInt8] = []
    func append(_ number: UInt32) {
      for shift in stride(from: 24, through: 0, by: -8) {
        chunk.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
      }
    }
    append(UInt32(body.count))
    chunk += type.utf8
    chunk += body
    append(checksum(of: chunk[4...]))
    return chunk
  }
}
