import TensorCore

/// A table of vectors looked up by number.
public struct Embedding: Sendable {
  public let table: Parameter

  public init(
    _ scope: WeightScope, rows: Int, width: Int, initial: Initialization = .normal(deviation: 1)
  ) {
    table = scope.table("weight", rows: rows, width: width, initial: initial)
  }

  /// - Parameters:
  ///   - ids: row numbers, each below the table's row count.
  ///   - shape: the axes of `ids`.
  /// - Returns: `shape + [width]`.
  public func callAsFunction(_ ids: [Int32], shape: Shape) -> Tensor {
    Tensor.embedding(table, ids: ids, shape: shape)
  }
}
