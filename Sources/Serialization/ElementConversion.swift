/// Conversions of stored elements to `Float`.
enum ElementConversion {
  /// Converts as many elements as `destination` has. `source` need not be aligned: no format of
  /// weights promises it.
  static func convert(
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

  /// Whether no element is infinite or NaN, without a branch per element.
  static func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    // Adding one to a full exponent carries into the place of the sign.
    var carries: UInt32 = 0
    for value in values { carries |= (value.bitPattern & 0x7f80_0000) &+ 0x0080_0000 }
    return carries & 0x8000_0000 == 0
  }
}
