import Serialization

extension SafetensorsFile: StoredTensors {
  public var tensorNames: [String] { names }

  public func storedShape(of name: String) -> [Int]? { self[name]?.shape }

  /// Converted to 32-bit floats; the pages they came from are given back.
  public func storedFloats(of name: String) throws -> [Float] {
    defer { releasePages(of: name) }
    return try floats(name, requireFinite: true)
  }
}
