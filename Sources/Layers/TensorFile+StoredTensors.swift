import Serialization

extension SafetensorsFile: StoredTensors {}

extension TorchCheckpoint: StoredTensors {}

/// Elements must be finite. The file's memory is given back when a tensor was read, since a model
/// reads each of them once.
extension StoredTensors where Self: TensorFile {
  public var tensorNames: [String] { names }

  public func storedShape(of name: String) -> [Int]? { self[name]?.shape }

  public func storedFloats(of name: String) throws -> [Float] {
    defer { releasePages(of: name) }
    return try floats(name, requireFinite: true)
  }

  public func readFloats(
    of name: String, elements: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try read(name, elements: elements, into: destination, requireFinite: true)
  }

  public func prefetch(_ name: String) { prefetchPages(of: name) }

  public func release(_ name: String) { releasePages(of: name) }
}
