extension TorchGenerator {
  /// The element type that `torch.randn` is asked for.
  public enum Precision: Sendable, CaseIterable {
    case float32, float64, float16, brainFloat16
  }

  /// Fills `values` as `torch.randn` fills a tensor of so many elements, in memory order.
  ///
  /// How many words that takes, and what they become, depends on the count: the numbers of one call
  /// are not those of two calls for its halves.
  ///
  /// - Parameter precision: what the numbers are drawn and rounded in. Half precision widens to
  ///   `Float` exactly; double precision is rounded to it.
  public mutating func fillNormal(
    _ values: UnsafeMutableBufferPointer<Float>, as precision: Precision = .float32
  ) {
    switch precision {
    case .float32:
      fill(
        values, drawsRaggedEnd: true, fewer: { Float($0.normal()) },
        uniform: { $0.uniformFloat() }, transform: BoxMullerBlock.transform)
    case .float64:
      withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { wide in
        fillNormal(wide)
        for index in values.indices { values[index] = Float(wide[index]) }
      }
    case .float16, .brainFloat16:
      fill(
        values, drawsRaggedEnd: false, fewer: { precision.rounded(Float($0.normal())) },
        uniform: { $0.uniformFloat() },
        transform: { block in
          BoxMullerBlock.transform(block)
          for index in block.indices { block[index] = precision.rounded(block[index]) }
        })
    }
  }

  /// As `torch.randn` in double precision.
  public mutating func fillNormal(_ values: UnsafeMutableBufferPointer<Double>) {
    fill(
      values, drawsRaggedEnd: true, fewer: { $0.normal() }, uniform: { $0.uniformDouble() },
      transform: BoxMullerBlock.transform)
  }

  /// Block by block from the start. Where the end is ragged, a last block takes the last 16 places,
  /// so some numbers of the block before are replaced.
  ///
  /// - Parameters:
  ///   - drawsRaggedEnd: Reference quirk: whether the numbers after the last whole block are drawn,
  ///     and dropped, before that last block is.
  ///   - fewer: draws one number where there are too few for a block.
  ///   - transform: makes a block of uniform numbers normal.
  private mutating func fill<Number>(
    _ values: UnsafeMutableBufferPointer<Number>, drawsRaggedEnd: Bool,
    fewer: (inout Self) -> Number, uniform: (inout Self) -> Number,
    transform: (UnsafeMutableBufferPointer<Number>) -> Void
  ) {
    let length = BoxMullerBlock.count
    guard values.count >= length else {
      for index in values.indices { values[index] = fewer(&self) }
      return
    }
    let raggedCount = values.count % length
    for start in stride(from: 0, to: values.count - raggedCount, by: length) {
      fillBlock(values, at: start, uniform: uniform, transform: transform)
    }
    guard raggedCount > 0 else { return }
    if drawsRaggedEnd { for _ in 0..<raggedCount { _ = uniform(&self) } }
    fillBlock(values, at: values.count - length, uniform: uniform, transform: transform)
  }

  private mutating func fillBlock<Number>(
    _ values: UnsafeMutableBufferPointer<Number>, at start: Int,
    uniform: (inout Self) -> Number, transform: (UnsafeMutableBufferPointer<Number>) -> Void
  ) {
    let block = UnsafeMutableBufferPointer(rebasing: values[start..<start + BoxMullerBlock.count])
    for index in block.indices { block[index] = uniform(&self) }
    transform(block)
  }
}

extension TorchGenerator.Precision {
  /// The nearest number of this precision that a `Float` holds, ties to even.
  fileprivate func rounded(_ value: Float) -> Float {
    switch self {
    case .float32, .float64: return value
    case .float16: return Float(Float16(value))
    case .brainFloat16:
      let bits = value.bitPattern
      return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
    }
  }
}
