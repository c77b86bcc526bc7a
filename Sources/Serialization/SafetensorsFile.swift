import Platform

/// A safetensors file, mapped into memory: everything its header says is checked when it is opened,
/// and its elements are converted when they are asked for.
///
/// Golden: `all-types.safetensors` (written by the safetensors library).
/// Limitations: little-endian machines only, as every machine this runs on is; no tensors of 8-bit
/// and narrower floats, complex or wide unsigned numbers (``unreadable``); one file, no index over
/// several (`model.safetensors.index.json`).
public final class SafetensorsFile: TensorFile {
  /// The tensors in the order of their data.
  public let entries: [SafetensorsEntry]
  public let unreadable: [String: String]
  /// Free text that the writer left in the header (`__metadata__`).
  public let metadata: [String: String]
  private let indices: [String: Int]
  private let file: MappedFile

  /// Maps and checks the file at `path`.
  ///
  /// - Throws: ``ReportableError`` naming `path`: `missingInput` when it can't be opened, `badData`
  ///   when it is another kind of file, damaged, or of element types that can't be read only.
  public init(path: String) throws {
    file = try MappedFile(path: path)
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(of: file.bytes)
    } catch let error as ReportableError {
      throw error.at(path)
    }
    entries = header.entries
    unreadable = header.unreadable
    metadata = header.metadata
    indices = Dictionary(
      header.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where the file was when it was opened.
  public var path: String { file.path }

  /// The tensor called `name`, if there is one that can be read.
  public subscript(name: String) -> SafetensorsEntry? { indices[name].map { entries[$0] } }

  public func entry(_ name: String) throws -> SafetensorsEntry {
    if let entry = self[name] { return entry }
    throw noEntry(name)
  }

  public func withBytes<R>(
    of entry: SafetensorsEntry, elements: Range<Int>,
    _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let width = entry.type.byteCount
    let begin = entry.byteRange.lowerBound + elements.lowerBound * width
    return try body(
      UnsafeRawBufferPointer(rebasing: file.bytes[begin..<begin + elements.count * width]))
  }

  /// Calls `body` with the bytes of tensor `name` as they are in the file, unaligned.
  ///
  /// - Throws: ``ReportableError`` (`badData`) when there is no such tensor, or what `body` throws.
  public func withBytes<R>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let entry = try entry(name)
    return try withBytes(of: entry, elements: 0..<entry.elementCount, body)
  }

  public func prefetchPages(of name: String) {
    if let entry = self[name] { file.prefetchPages(entry.byteRange) }
  }

  /// Gives the memory of tensor `name` back to the system once it has been read; reading it again
  /// reads the file again.
  public func releasePages(of name: String) {
    if let entry = self[name] { file.releasePages(entry.byteRange) }
  }

  /// Gives the memory of all tensors back to the system.
  public func releasePages() { file.releasePages(0..<file.bytes.count) }
}
