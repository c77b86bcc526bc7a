import Serialization

extension TorchCheckpoint: StoredTensors {
  public var tensorNames: [String] { names }

  public func storedShape(of name: String) -> [Int]? { self[name]?.shape }

  /// The elements, which must be finite; the file's memory is given back at once, since a model
  /// reads each tensor once.
  public func storedFloats(of name: String) throws -> [Float] {
    defer { releasePages(of: name) }
    return try floats(name, requireFinite: true)
  }
}
