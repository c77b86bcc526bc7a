import Platform

/// The sizes of a tensor's axes, outermost first.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let dims: [Int]

  /// - Precondition: no axis is negative.
  public init(_ dims: [Int]) {
    require(dims.allSatisfy { $0 >= 0 }, "a shape can't have a negative axis: \(dims)")
    self.dims = dims
  }

  public init(arrayLiteral dims: Int...) { self.init(dims) }

  public var rank: Int { dims.count }
  /// The product of all axes.
  public var count: Int { dims.reduce(1, *) }
  /// The last axis, 1 for a scalar.
  public var last: Int { dims.last ?? 1 }
  /// The product of all axes but the last.
  public var rows: Int { dims.dropLast().reduce(1, *) }

  /// Axis `index`; negative indices count from the end.
  public subscript(index: Int) -> Int { dims[index < 0 ? dims.count + index : index] }

  /// The same shape with another last axis.
  public func replacingLast(_ size: Int) -> Shape { Shape(dims.dropLast() + [size]) }

  public var description: String { "[\(dims.map(String.init).joined(separator: ", "))]" }
}
