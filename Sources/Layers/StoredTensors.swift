/// Named tensors of a checkpoint, in PyTorch's order of axes (`[O, I, kH, kW]` for convolutions,
/// `[O, I]` for linear layers).
public protocol StoredTensors {
  /// Every name, in any order.
  var tensorNames: [String] { get }
  /// The axes of one tensor as stored; nil when there is none of that name.
  func storedShape(of name: String) -> [Int]?
  /// The elements of one tensor, row-major, as many as its shape says.
  func storedFloats(of name: String) throws -> [Float]
}

/// The tensors whose names start with `prefix`, known by the rest of their names: one model out of
/// a file that holds several.
public struct PrefixedTensors: StoredTensors {
  private let base: any StoredTensors
  private let prefix: String

  public init(_ base: any StoredTensors, prefix: String) {
    self.base = base
    self.prefix = prefix
  }

  public var tensorNames: [String] {
    base.tensorNames.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  public func storedShape(of name: String) -> [Int]? { base.storedShape(of: prefix + name) }

  public func storedFloats(of name: String) throws -> [Float] {
    try base.storedFloats(of: prefix + name)
  }
}

/// Tensors held in memory, for instance those that training is about to save.
public struct TensorsInMemory: StoredTensors {
  private var tensors: [String: (shape: [Int], floats: [Float])] = [:]

  public init() {}

  public subscript(name: String) -> (shape: [Int], floats: [Float])? {
    get { tensors[name] }
    set { tensors[name] = newValue }
  }

  public var tensorNames: [String] { tensors.keys.sorted() }

  public func storedShape(of name: String) -> [Int]? { tensors[name]?.shape }

  public func storedFloats(of name: String) throws -> [Float] { tensors[name]?.floats ?? [] }
}

/// The two orders in which convolution weights are held.
package enum KernelOrder {
  /// `[O, I, kH, kW]` to `[O, kH, kW, I]`.
  package static func channelsLast(_ floats: [Float], stored: [Int]) -> [Float] {
    transposedInside(floats, blocks: stored[0], rows: stored[1], columns: stored[2] * stored[3])
  }

  /// `[O, kH, kW, I]` to `[O, I, kH, kW]`.
  package static func channelsFirst(_ floats: [Float], stored: [Int]) -> [Float] {
    transposedInside(floats, blocks: stored[0], rows: stored[2] * stored[3], columns: stored[1])
  }

  /// Transposes each of `blocks` consecutive `rows x columns` matrices.
  private static func transposedInside(
    _ floats: [Float], blocks: Int, rows: Int, columns: Int
  ) -> [Float] {
    guard rows > 1, columns > 1 else { return floats }
    return [Float](unsafeUninitializedCapacity: floats.count) { result, count in
      floats.withUnsafeBufferPointer { source in
        for block in 0..<blocks {
          let base = block * rows * columns
          for column in 0..<columns {
            for row in 0..<rows {
              result[base + column * rows + row] = source[base + row * columns + column]
            }
          }
        }
      }
      count = floats.count
    }
  }
}
