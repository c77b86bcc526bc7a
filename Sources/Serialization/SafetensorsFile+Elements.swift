import Platform

extension SafetensorsFile {
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
    // In pieces, so that the check of what was converted finds it in the cache.
    let pieceCount = 1 << 13
    try withBytes(of: name) { bytes in
      var begin = elements.lowerBound
      while begin < elements.upperBound {
        let end = min(begin + pieceCount, elements.upperBound)
        let piece = UnsafeMutableBufferPointer(
          rebasing: destination[begin - elements.lowerBound..<end - elements.lowerBound])
        let source = UnsafeRawBufferPointer(
          rebasing: bytes[begin * entry.type.byteCount..<end * entry.type.byteCount])
        convert(source, of: entry.type, into: piece)
        if entry.type == .bool, !source.allSatisfy({ $0 < 2 }) { throw notBoolean(entry) }
        if requireFinite, entry.type.isFloatingPoint, !allFinite(UnsafeBufferPointer(piece)) {
          let offset = piece.firstIndex { !$0.isFinite } ?? 0
          throw failure(
            "element \(begin + offset) of tensor \(quoted(name)) is \(piece[offset]); the model is damaged "
              + "or was saved in a type too narrow for it")
        }
        begin = end
      }
    }
  }

  /// All elements of tensor `name`, which must be of a whole-number type or `BOOL`.
  ///
  /// - Throws: ``ReportableError`` (`badData`) naming the file and the tensor.
  public func integers(_ name: String) throws -> [Int] {
    let entry = try entry(name)
    return try withBytes(of: name) { bytes in
      func all<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> [Int] {
        (0..<entry.elementCount).map {
          Int(
            truncatingIfNeeded: T(
              littleEndian: bytes.loadUnaligned(
                fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)))
        }
      }
      switch entry.type {
      case .int64: return all(Int64.self)
      case .int32: return all(Int32.self)
      case .int16: return all(Int16.self)
      case .int8: return all(Int8.self)
      case .uint8: return all(UInt8.self)
      case .bool:
        guard bytes.allSatisfy({ $0 < 2 }) else { throw notBoolean(entry) }
        return all(UInt8.self)
      case .float64, .float32, .float16, .brainFloat16:
        throw failure(
          "tensor \(quoted(name)) is of type \(entry.type.rawValue) where whole numbers are needed")
      }
    }
  }

  private func notBoolean(_ entry: SafetensorsEntry) -> ReportableError {
    failure("tensor \(quoted(entry.name)) is BOOL but has bytes other than 0 and 1")
  }
}

/// Whether no element is infinite or NaN, without a branch per element.
private func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  var worst: UInt32 = 0
  for value in values { worst = max(worst, value.bitPattern & 0x7fff_ffff) }
  return worst < 0x7f80_0000
}

/// Converts as many elements as `destination` has. `source` need not be aligned: old writers did not
/// pad the header.
private func convert(
  _ source: UnsafeRawBufferPointer, of type: StoredElementType,
  into destination: UnsafeMutableBufferPointer<Float>
) {
  guard let input = source.baseAddress, let output = destination.baseAddress else { return }
  let count = destination.count
  switch type {
  case .float32:
    UnsafeMutableRawPointer(output).copyMemory(from: input, byteCount: count &* 4)
  case .float16:
    for index in 0..<count {
      output[index] = NarrowFloats.widenHalf(
        input.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
    }
  case .brainFloat16:
    for index in 0..<count {
      output[index] = NarrowFloats.widenBrainFloat(
        input.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
    }
  case .float64:
    for index in 0..<count {
      output[index] = Float(input.loadUnaligned(fromByteOffset: index &* 8, as: Double.self))
    }
  case .int64:
    for index in 0..<count {
      output[index] = Float(input.loadUnaligned(fromByteOffset: index &* 8, as: Int64.self))
    }
  case .int32:
    for index in 0..<count {
      output[index] = Float(input.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self))
    }
  case .int16:
    for index in 0..<count {
      output[index] = Float(input.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self))
    }
  case .int8:
    for index in 0..<count {
      output[index] = Float(input.loadUnaligned(fromByteOffset: index, as: Int8.self))
    }
  case .uint8, .bool:
    for index in 0..<count {
      output[index] = Float(input.loadUnaligned(fromByteOffset: index, as: UInt8.self))
    }
  }
}
