import Platform

/// One tensor of a safetensors file.
public struct SafetensorsEntry: TensorFileEntry, Hashable {
  /// Unique in its file.
  public let name: String
  /// How the file encodes each element.
  public let type: StoredElementType
  /// Axes in the order of the file, outermost first; empty for a single number.
  public let shape: [Int]
  /// Product of `shape`.
  public let elementCount: Int
  /// Where the elements are, in bytes from the start of the file.
  package let byteRange: Range<Int>
}

/// What the start of a safetensors file says, checked against the size of the file.
///
/// The file is 8 bytes with the header's length (little-endian), a JSON object, and the elements.
/// As in the safetensors library, the tensors must cover the data without holes or overlaps.
///
/// Source: huggingface/safetensors, `safetensors/src/tensor.rs` (the format's limits).
struct SafetensorsHeader {
  /// In the order of their data.
  let entries: [SafetensorsEntry]
  /// Tensors of types that can't be read, each with a sentence about it.
  let unreadable: [String: String]
  let metadata: [String: String]

  /// The library's own limit.
  static let maximumByteCount = 100_000_000
  /// Real models have a few thousand.
  static let maximumTensorCount = 1 << 17

  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(of file: UnsafeRawBufferPointer) throws {
    let format = try TensorFileFormat(of: file)
    // The unknown may be a damaged one, of which more can be said below.
    guard format == .safetensors || format == .unknown else {
      throw ReportableError(.badData, format.mistakenFor("a safetensors file"))
    }
    guard file.count >= 8 else {
      throw Self.damaged("is only \(file.count) bytes long")
    }
    let length = UInt64(littleEndian: file.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    guard length <= UInt64(Self.maximumByteCount) else {
      throw Self.damaged(
        "declares a header of \(length) bytes; the limit is \(Self.maximumByteCount)")
    }
    let headerByteCount = Int(length)
    guard headerByteCount <= file.count - 8 else {
      throw Self.damaged(
        "declares a header of \(headerByteCount) bytes but has only \(file.count - 8) after its length"
      )
    }
    let text = [UInt8](file[8..<8 + headerByteCount])
    guard String(validating: text, as: UTF8.self) != nil else {
      throw Self.damaged("has a header that is not UTF-8")
    }
    guard text.first == UInt8(ascii: "{") else {
      throw Self.damaged("has a header that doesn't start with {")
    }
    var builder = Builder(dataStart: 8 + headerByteCount, fileByteCount: file.count)
    do {
      try builder.read(JSONScanner(text))
    } catch let failure as JSONScanner.Failure {
      builder.complainOfText(failure.message, failure.offset)
    }
    entries = try builder.checkedEntries()
    unreadable = builder.unreadable
    metadata = builder.metadata ?? [:]
    if entries.isEmpty, let (name, reason) = unreadable.min(by: { $0.key < $1.key }) {
      throw ReportableError(
        .badData, "has no tensor that can be read: \(quoted(name)) \(reason)")
    }
  }

  static func damaged(_ what: String) -> ReportableError {
    ReportableError(.badData, "\(what); it is damaged or incomplete, fetch it again")
  }
}

/// The product of `factors`, or nil when it exceeds `Int`. A zero makes it zero only if the other
/// factors fit as well, so that a shape is never accepted for the sake of one axis.
func checkedProduct(_ factors: [Int]) -> Int? {
  var product = 1
  var hasZero = false
  for factor in factors {
    if factor == 0 {
      hasZero = true
      continue
    }
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    product = next
  }
  return hasZero ? 0 : product
}

/// A shape from a file, cut to fit one line.
func described(_ shape: [Int]) -> String {
  guard shape.count > 8 else { return "\(shape)" }
  return "[\(shape.prefix(8).map(String.init).joined(separator: ", ")), ... \(shape.count) axes]"
}
