import Platform

extension TensorFile {
  /// All elements of tensor `name` as `Float`, in the order of the file (the last axis fastest).
  ///
  /// - Parameter requireFinite: whether infinities and NaN are errors.
  /// - Throws: ``ReportableError`` (`badData`) as ``read(_:elements:into:requireFinite:)``.
  public func floats(_ name: String, requireFinite: Bool = false) throws -> [Float] {
    let count = try entry(name).elementCount
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      try read(
        name, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]),
        requireFinite: requireFinite)
      initialized = count
    }
  }

  /// Converts all elements of tensor `name` into `destination`, which has exactly their number.
  public func read(
    _ name: String, into destination: UnsafeMutableBufferPointer<Float>, requireFinite: Bool = false
  ) throws {
    try read(
      name, elements: 0..<(try entry(name).elementCount), into: destination,
      requireFinite: requireFinite)
  }

  /// Converts `elements`, a range of the flattened tensor `name`, into `destination`.
  ///
  /// Float16 and bfloat16 are exact; wider numbers are rounded to nearest; `BOOL` gives 0 and 1.
  ///
  /// - Parameters:
  ///   - elements: within `0..<elementCount`.
  ///   - destination: as many floats as `elements`; need not be initialised.
  ///   - requireFinite: whether infinities and NaN are errors.
  /// - Throws: ``ReportableError`` (`badData`) naming the file and the tensor: no such tensor, another
  ///   number of elements, a `BOOL` that is neither 0 nor 1, or a number that isn't finite.
  public func read(
    _ name: String, elements: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>,
    requireFinite: Bool = false
  ) throws {
    let entry = try entry(name)
    guard elements.lowerBound >= 0, elements.upperBound <= entry.elementCount,
      elements.count == destination.count
    else {
      throw failure(
        "tensor \(quoted(name)) has shape \(described(entry.shape)), \(entry.elementCount) elements; "
          + "\(elements) were asked for in a place for \(destination.count)")
    }
    for range in pieces(of: elements) {
      let piece = UnsafeMutableBufferPointer(
        rebasing: destination[
          range.lowerBound - elements.lowerBound..<range.upperBound - elements.lowerBound])
      try withBytes(of: entry, elements: range) { source in
        ElementConversion.convert(source, of: entry.type, into: piece)
        if entry.type == .bool, !source.allSatisfy({ $0 < 2 }) { throw notBoolean(entry) }
      }
      if requireFinite, entry.type.isFloatingPoint,
        !ElementConversion.allFinite(UnsafeBufferPointer(piece))
      {
        let offset = piece.firstIndex { !$0.isFinite } ?? 0
        throw failure(
          "element \(range.lowerBound + offset) of tensor \(quoted(name)) is \(piece[offset]); the "
            + "model is damaged or was saved in a type too narrow for it")
      }
    }
  }

  /// All elements of tensor `name`, which must be of a whole-number type or `BOOL`.
  ///
  /// - Throws: ``ReportableError`` (`badData`) naming the file and the tensor.
  public func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    guard !entry.type.isFloatingPoint else {
      throw failure(
        "tensor \(quoted(name)) is of type \(entry.type.rawValue) where whole numbers are needed")
    }
    var result: [Int] = []
    result.reserveCapacity(entry.elementCount)
    for range in pieces(of: 0..<entry.elementCount) {
      try withBytes(of: entry, elements: range) { bytes in
        if entry.type == .bool, !bytes.allSatisfy({ $0 < 2 }) { throw notBoolean(entry) }
        func append<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) {
          for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size) {
            let element = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
            result.append(Int(T(littleEndian: element)))
          }
        }
        switch entry.type {
        case .int64: append(Int64.self)
        case .int32: append(Int32.self)
        case .int16: append(Int16.self)
        case .int8: append(Int8.self)
        case .uint8, .bool: append(UInt8.self)
        case .float64, .float32, .float16, .brainFloat16: break
        }
      }
    }
    return result
  }

  private func notBoolean(_ entry: Entry) -> ReportableError {
    failure("tensor \(quoted(entry.name)) is BOOL but has bytes other than 0 and 1")
  }
}

/// `elements` in pieces small enough that what was converted is still in the cache when it is
/// checked.
private func pieces(of elements: Range<Int>) -> some Sequence<Range<Int>> {
  let pieceCount = 1 << 13
  return stride(from: elements.lowerBound, to: elements.upperBound, by: pieceCount).lazy.map {
    $0..<min($0 + pieceCount, elements.upperBound)
  }
}
