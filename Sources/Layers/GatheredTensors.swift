import Platform
import Serialization

/// Tensors of one or several files under names of this table's own: the shards of one model, one
/// part of a checkpoint that holds several, the names of another dialect.
public struct GatheredTensors: StoredTensors, Sendable {
  /// Where one tensor is.
  public struct Source: Sendable {
    public let file: any TensorFile
    /// What the file calls it.
    public let name: String
    public let type: StoredElementType
    /// The file's axes, but for those of one element: a matrix that the file keeps as a 1x1
    /// convolution is a matrix here.
    public var shape: [Int]

    public var elementCount: Int { shape.reduce(1, *) }
    /// Of the elements, one after the other.
    public var byteCount: Int { elementCount * type.byteCount }
  }

  private var sources: [String: Source] = [:]
  /// Tensors of kinds that can't be read, each with a sentence about it.
  public private(set) var unreadable: [String: String] = [:]

  public init() {}

  /// All tensors of `file` under its own names.
  public init(_ file: any TensorFile) {
    for entry in file.entries {
      sources[entry.name] = Source(
        file: file, name: entry.name, type: entry.type, shape: entry.shape)
    }
    unreadable = file.unreadable
  }

  public subscript(name: String) -> Source? { sources[name] }

  public var tensorNames: [String] { Array(sources.keys) }

  /// The names of tensors that can't be read, too.
  public var allNames: [String] { tensorNames + unreadable.keys.filter { sources[$0] == nil } }

  public func storedShape(of name: String) -> [Int]? { sources[name]?.shape }

  /// The elements, which must be finite; the file's memory is given back at once, since a model
  /// reads each tensor once.
  public func storedFloats(of name: String) throws -> [Float] {
    let source = try source(name)
    defer { source.file.releasePages(of: source.name) }
    return try source.file.floats(source.name, requireFinite: true)
  }

  /// Some of the elements, which must be finite.
  public func readFloats(
    of name: String, elements: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let source = try source(name)
    try source.file.read(
      source.name, elements: elements, into: destination, requireFinite: true)
  }

  public func prefetch(_ name: String) {
    if let source = sources[name] { source.file.prefetchPages(of: source.name) }
  }

  public func release(_ name: String) {
    if let source = sources[name] { source.file.releasePages(of: source.name) }
  }

  private func source(_ name: String) throws -> Source {
    guard let source = sources[name] else {
      throw ReportableError(.badData, "there is no tensor \(quoted(name))")
    }
    return source
  }

  /// Bytes of all elements.
  public var byteCount: Int { sources.values.reduce(0) { $0 + $1.byteCount } }

  /// The types that elements are stored in.
  public var elementTypes: Set<StoredElementType> { Set(sources.values.map(\.type)) }

  /// The files that hold them.
  public var paths: Set<String> { Set(sources.values.map(\.file.path)) }

  /// Adds the tensors of `other`.
  ///
  /// - Returns: the names that both have; they stay what they were.
  public mutating func add(_ other: GatheredTensors) -> [String] {
    var repeated: [String] = []
    for (name, source) in other.sources {
      if sources[name] == nil { sources[name] = source } else { repeated.append(name) }
    }
    unreadable.merge(other.unreadable) { first, _ in first }
    return repeated.sorted()
  }

  /// Puts the tensor `source` in the place of the one called `name`, or beside the others.
  public mutating func replace(_ name: String, by source: Source) {
    sources[name] = source
    unreadable[name] = nil
  }

  /// The same tensors under other names; those without one are left out.
  ///
  /// - Throws: ``ReportableError`` (`badData`) when two get one name.
  public func renamed(_ newName: (String) -> String?) throws -> GatheredTensors {
    var result = GatheredTensors()
    for (name, source) in sources {
      guard let renamed = newName(name) else { continue }
      if let other = result.sources.updateValue(source, forKey: renamed) {
        throw ReportableError(
          .badData,
          "holds \(quoted(renamed)) twice, as \(quoted(min(source.name, other.name))) and "
            + "\(quoted(max(source.name, other.name))); remove one of them")
      }
    }
    for (name, reason) in unreadable {
      if let renamed = newName(name) { result.unreadable[renamed] = reason }
    }
    return result
  }

  /// The same tensors with the axes that `newShape` gives.
  ///
  /// - Precondition: no tensor's number of elements changes.
  public func reshaped(_ newShape: (_ name: String, _ shape: [Int]) -> [Int]) -> GatheredTensors {
    var result = self
    for (name, source) in sources {
      let shape = newShape(name, source.shape)
      require(
        shape.reduce(1, *) == source.elementCount,
        "tensor \(name) of shape \(source.shape) can't become \(shape)")
      result.sources[name]?.shape = shape
    }
    return result
  }
}
