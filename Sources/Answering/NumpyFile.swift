import Foundation
import Imaging
import Platform

/// Maps as NumPy arrays in files.
///
/// Source: NumPy Enhancement Proposal 1, format version 1.0.
public enum NumpyFile {
  /// Writes `plane` as float32 `[height, width]` to `path`, complete or not at all.
  public static func write(_ plane: Plane<Float>, to path: String) throws {
    try AtomicFile.write(content(plane), to: path)
  }

  package static func content(_ plane: Plane<Float>) -> [UInt8] {
    var header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(plane.height), \(plane.width)), }"
    // Magic, version, the header's length, the header and a line feed fill multiples of 64 bytes.
    let prefixByteCount = 10
    let total = (prefixByteCount + header.utf8.count + 1 + 63) / 64 * 64
    header += String(repeating: " ", count: total - prefixByteCount - header.utf8.count - 1) + "\n"
    let length = header.utf8.count
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes += [UInt8(length & 0xff), UInt8(length >> 8)]
    bytes += Array(header.utf8)
    bytes.reserveCapacity(bytes.count + 4 * plane.elements.count)
    for element in plane.elements {
      withUnsafeBytes(of: element.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }
}
