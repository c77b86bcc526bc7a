import CVectorIntrinsics

/// How the words of two operands are multiplied and summed up in the lanes of a tile.
protocol TileArithmetic {
  /// Steps of the reduction in a word of the left operand.
  static var stepsPerWord: Int { get }
  /// Whether the lanes of a tile are integers, to be scaled before anything is added to them.
  static var hasIntegerSums: Bool { get }
  /// Adds the products of a word's steps, lane by lane.
  static func add(_ factor: Vector, times columns: Vector, to sums: Vector) -> Vector
}

/// Words are floats.
enum FloatArithmetic: TileArithmetic {
  @inline(__always) static var stepsPerWord: Int { 1 }
  @inline(__always) static var hasIntegerSums: Bool { false }

  @inline(__always)
  static func add(_ factor: Vector, times columns: Vector, to sums: Vector) -> Vector {
    multiplyAdd(factor, columns, sums)
  }
}

/// Words are two numbers of the upper 16 bits of a float, the earlier one in the lower half.
enum BrainFloatArithmetic: TileArithmetic {
  @inline(__always) static var stepsPerWord: Int { 2 }
  @inline(__always) static var hasIntegerSums: Bool { false }

  @inline(__always)
  static func add(_ factor: Vector, times columns: Vector, to sums: Vector) -> Vector {
    #if KERNELS_AVX512BF16
      addBrainFloatPairs(sums, factor, columns)
    #else
      // In the order of the instruction.
      multiplyAdd(
        earlierOfPair(factor), earlierOfPair(columns),
        multiplyAdd(laterOfPair(factor), laterOfPair(columns), sums))
    #endif
  }
}

/// Words are integers of 8 bits: four where an instruction sums up the products of four, otherwise
/// two, widened to 16 bits.
enum ByteArithmetic: TileArithmetic {
  @inline(__always) static var hasIntegerSums: Bool { true }

  #if KERNELS_AVX512BF16
    /// The right operand's bytes stay as they are kept, with ``PanelLayout/zeroByte`` added.
    @inline(__always) static var stepsPerWord: Int { 4 }

    @inline(__always)
    static func add(_ factor: Vector, times columns: Vector, to sums: Vector) -> Vector {
      addBytesOfFour(sums, factor, columns)
    }
  #else
    @inline(__always) static var stepsPerWord: Int { 2 }

    @inline(__always)
    static func add(_ factor: Vector, times columns: Vector, to sums: Vector) -> Vector {
      #if arch(x86_64)
        return addHalvesOfTwo(sums, factor, columns)
      #else
        let a = unsafeBitCast(factor, to: IntegerVector.self)
        let b = unsafeBitCast(columns, to: IntegerVector.self)
        let earlier = ((a &<< 16) &>> 16) &* ((b &<< 16) &>> 16)
        let later = (a &>> 16) &* (b &>> 16)
        return unsafeBitCast(
          unsafeBitCast(sums, to: IntegerVector.self) &+ earlier &+ later, to: Vector.self)
      #endif
    }
  #endif
}

/// The lower halves of words, as floats.
@inline(__always)
func earlierOfPair(_ words: Vector) -> Vector {
  unsafeBitCast(unsafeBitCast(words, to: BitVector.self) &<< 16, to: Vector.self)
}

/// The upper halves of words, as floats.
@inline(__always)
func laterOfPair(_ words: Vector) -> Vector {
  unsafeBitCast(unsafeBitCast(words, to: BitVector.self) & 0xffff_0000, to: Vector.self)
}
