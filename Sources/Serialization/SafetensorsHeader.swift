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
  let metadata: [String: String]

  /// The library's own limit.
  static let maximumByteCount = 100_000_000

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
    do {
      var builder = Builder(dataStart: 8 + headerByteCount, fileByteCount: file.count)
      try builder.read(JSONScanner(text))
      entries = try builder.checkedEntries()
      metadata = builder.metadata ?? [:]
    } catch let failure as JSONScanner.Failure {
      throw Self.damaged("has a malformed header: \(failure.message) (byte \(8 + failure.offset))")
    }
  }

  static func damaged(_ what: String) -> ReportableError {
    ReportableError(.badData, "\(what); it is damaged or incomplete, fetch it again")
  }
}

extension SafetensorsHeader {
  /// Collects the members of the header and relates them to the bytes that are there.
  private struct Builder {
    let dataStart: Int
    let fileByteCount: Int
    var metadata: [String: String]?
    private var tensors: [SafetensorsEntry] = []
    private var seen: Set<String> = []

    init(dataStart: Int, fileByteCount: Int) {
      self.dataStart = dataStart
      self.fileByteCount = fileByteCount
    }

    mutating func read(_ scanner: JSONScanner) throws {
      var scanner = scanner
      try scanner.object { scanner, key in
        if key == "__metadata__" {
          guard metadata == nil else { throw scanner.failure("__metadata__ appears twice") }
          metadata = try Self.metadata(&scanner)
        } else {
          // Swift's equality also catches two spellings of one accented name, which tables keyed by
          // String could not tell apart later.
          guard seen.insert(key).inserted else {
            throw scanner.failure("tensor \(quoted(key)) appears twice")
          }
          tensors.append(try entry(named: key, &scanner))
        }
      }
      try scanner.finish()
    }

    private static func metadata(_ scanner: inout JSONScanner) throws -> [String: String] {
      var result: [String: String] = [:]
      try scanner.object { scanner, key in
        let value = try scanner.string()
        guard result.updateValue(value, forKey: key) == nil else {
          throw scanner.failure("metadata \(quoted(key)) appears twice")
        }
      }
      return result
    }

    private func entry(
      named name: String, _ scanner: inout JSONScanner
    ) throws -> SafetensorsEntry {
      var typeName: String?
      var shape: [Int]?
      var offsets: [Int]?
      try scanner.object { scanner, key in
        let isRepeated: Bool
        switch key {
        case "dtype":
          isRepeated = typeName != nil
          typeName = try scanner.string()
        case "shape":
          isRepeated = shape != nil
          shape = try Self.counts(&scanner)
        case "data_offsets":
          isRepeated = offsets != nil
          offsets = try Self.counts(&scanner)
        default:
          throw scanner.failure("tensor \(quoted(name)) has an unknown field \(quoted(key))")
        }
        if isRepeated {
          throw scanner.failure("tensor \(quoted(name)) has two fields \(quoted(key))")
        }
      }
      guard let typeName, let shape, let offsets, offsets.count == 2 else {
        throw scanner.failure(
          "tensor \(quoted(name)) needs a dtype, a shape and two data_offsets")
      }
      guard let type = StoredElementType(rawValue: typeName) else {
        throw ReportableError(
          .badData,
          "tensor \(quoted(name)) has elements of type \(quoted(typeName)), which can't be read; "
            + "convert it to F32, F16 or BF16")
      }
      return try entry(named: name, type: type, shape: shape, offsets: offsets)
    }

    private func entry(
      named name: String, type: StoredElementType, shape: [Int], offsets: [Int]
    ) throws -> SafetensorsEntry {
      guard let elementCount = checkedProduct(shape),
        let byteCount = checkedProduct([elementCount, type.byteCount])
      else {
        throw damaged("tensor \(quoted(name)) has a shape \(described(shape)) that is too large")
      }
      let dataByteCount = fileByteCount - dataStart
      guard offsets[0] <= offsets[1], offsets[1] <= dataByteCount else {
        throw damaged(
          "tensor \(quoted(name)) lies at \(offsets[0])..<\(offsets[1]) of \(dataByteCount) data bytes"
        )
      }
      guard offsets[1] - offsets[0] == byteCount else {
        throw damaged(
          "tensor \(quoted(name)) has \(offsets[1] - offsets[0]) bytes where \(type.rawValue) "
            + "\(described(shape)) needs \(byteCount)")
      }
      return SafetensorsEntry(
        name: name, type: type, shape: shape, elementCount: elementCount,
        byteRange: dataStart + offsets[0]..<dataStart + offsets[1])
    }

    private static func counts(_ scanner: inout JSONScanner) throws -> [Int] {
      var result: [Int] = []
      try scanner.array { result.append(try $0.count()) }
      return result
    }

    /// The tensors by position, which must touch each other from the first data byte to the last.
    func checkedEntries() throws -> [SafetensorsEntry] {
      let sorted = tensors.sorted {
        ($0.byteRange.lowerBound, $0.byteRange.upperBound)
          < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
      }
      var end = dataStart
      var previous = ""
      for entry in sorted {
        if entry.byteRange.lowerBound < end {
          throw damaged("tensors \(quoted(previous)) and \(quoted(entry.name)) overlap")
        }
        if entry.byteRange.lowerBound > end {
          throw damaged(
            "\(entry.byteRange.lowerBound - end) bytes before tensor \(quoted(entry.name)) belong to no "
              + "tensor")
        }
        end = entry.byteRange.upperBound
        previous = entry.name
      }
      if end != fileByteCount {
        throw damaged("\(fileByteCount - end) bytes at its end belong to no tensor")
      }
      return sorted
    }
  }
}

private func damaged(_ what: String) -> ReportableError { SafetensorsHeader.damaged(what) }

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
