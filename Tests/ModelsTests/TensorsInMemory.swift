import Layers

/// Tensors held in memory.
struct TensorsInMemory: StoredTensors {
  private var tensors: [String: (shape: [Int], floats: [Float])] = [:]

  subscript(name: String) -> (shape: [Int], floats: [Float])? {
    get { tensors[name] }
    set { tensors[name] = newValue }
  }

  var tensorNames: [String] { tensors.keys.sorted() }

  func storedShape(of name: String) -> [Int]? { tensors[name]?.shape }

  func storedFloats(of name: String) throws -> [Float] { tensors[name]?.floats ?? [] }
}
