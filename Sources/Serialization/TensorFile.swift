import Platform

/// One tensor of a ``TensorFile``.
public protocol TensorFileEntry: Sendable {
  /// Unique in its file.
  var name: String { get }
  /// How the file encodes each element.
  var type: StoredElementType { get }
  /// Axes in the order of the file, outermost first; empty for a single number.
  var shape: [Int] { get }
  /// Product of `shape`.
  var elementCount: Int { get }
}

extension TensorFileEntry {
  /// Bytes that the elements take one after the other, which may be more than the file has for them
  /// when elements are repeated.
  public var byteCount: Int { elementCount * type.byteCount }
}

/// A mapped file of named tensors whose structure was checked when it was opened and whose elements
/// are converted when they are asked for: ``SafetensorsFile`` or ``TorchCheckpoint``.
public protocol TensorFile: Sendable {
  associatedtype Entry: TensorFileEntry

  /// Where the file was when it was opened.
  var path: String { get }
  /// The tensors in an order that belongs to the file.
  var entries: [Entry] { get }
  /// Names of tensors of kinds that can't be read, and why: a sentence after the name.
  var unreadable: [String: String] { get }
  /// The tensor called `name`, if there is one.
  subscript(name: String) -> Entry? { get }

  /// The tensor called `name`.
  ///
  /// - Throws: ``ReportableError`` (`badData`) naming the file when there is none that can be read.
  func entry(_ name: String) throws -> Entry

  /// Calls `body` with the bytes of `elements`, a range of the flattened tensor (the last axis
  /// fastest), little-endian and unaligned; copies only what does not lie in that order in the file.
  ///
  /// - Precondition: `entry` is of this file, `elements` within `0..<elementCount`.
  func withBytes<R>(
    of entry: Entry, elements: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R

  /// Lets the system fetch tensor `name` ahead of its use.
  func prefetchPages(of name: String)
  /// Gives the memory of tensor `name` back to the system once it has been read; reading it again
  /// reads the file again.
  func releasePages(of name: String)
  /// Gives the memory of all tensors back to the system.
  func releasePages()
}

extension TensorFile {
  /// The tensors' names in the order of ``entries``.
  public var names: [String] { entries.map(\.name) }

  /// Why there is no entry of that name.
  func noEntry(_ name: String) -> ReportableError {
    if let reason = unreadable[name] { return failure("tensor \(quoted(name)) \(reason)") }
    return failure("has no tensor \(quoted(name)); it belongs to another model or was cut down")
  }

  func failure(_ message: String) -> ReportableError {
    ReportableError(.badData, message, path: path)
  }
}
