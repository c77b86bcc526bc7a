import Platform

/// Named tensors of a checkpoint, in PyTorch's order of axes (`[O, I, kH, kW]` for convolutions,
/// `[O, I]` for linear layers).
public protocol StoredTensors {
  /// Every name, in any order.
  var tensorNames: [String] { get }
  /// The axes of one tensor as stored; nil when there is none of that name.
  func storedShape(of name: String) -> [Int]?
  /// The elements of one tensor, row-major, as many as its shape says.
  func storedFloats(of name: String) throws -> [Float]
  /// Writes `elements`, a range of the same, to `destination`, which has as many places. Several
  /// threads may ask at once.
  func readFloats(
    of name: String, elements: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws
  /// Says that all elements of a tensor are about to be read.
  func prefetch(_ name: String)
  /// Says that a tensor has been read and is not needed any more.
  func release(_ name: String)
}

extension StoredTensors {
  /// Asks for all elements each time; for tensors that are small or seldom read.
  public func readFloats(
    of name: String, elements: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try storedFloats(of: name).write(elements, of: name, into: destination)
  }

  public func prefetch(_ name: String) {}

  public func release(_ name: String) {}
}

extension [Float] {
  /// - Throws: ``ReportableError`` (`badData`) when there are not as many elements.
  fileprivate func write(
    _ elements: Range<Int>, of name: String, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard elements.lowerBound >= 0, elements.upperBound <= count else {
      throw ReportableError(
        .badData,
        "tensor \(quoted(name)) has \(count) elements where its shape needs more; it is damaged")
    }
    _ = destination.update(fromContentsOf: self[elements])
  }
}
