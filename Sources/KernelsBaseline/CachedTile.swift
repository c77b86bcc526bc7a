import KernelInterface

/// Steps of a tile whose operands stay in the first-level cache, in words.
private let cachedStepCount = 128

extension VectorKernels {
  public var cachedTileScratchCount: Int {
    let height = TallTile<TwoVectors>.height
    return MatrixBlocking.alignmentRoom + height * PanelLayout.width
      + cachedStepCount * (height + PanelLayout.width)
  }

  public func computeCachedTile(
    turns: Int, precision: WeightPrecision, scratch: UnsafeMutablePointer<Float>
  ) -> Int {
    func compute<Arithmetic: TileArithmetic>(_: Arithmetic.Type) -> Int {
      typealias Tile = TallTile<DoubleColumns<Vector, Arithmetic>>
      let tile = MatrixBlocking.aligned(scratch)
      let a = tile + Tile.height * PanelLayout.width
      let b = a + Tile.height * cachedStepCount
      zeroFloats(a, count: cachedStepCount * (Tile.height + PanelLayout.width))
      for _ in 0..<turns {
        computeTile(
          Tile.self, a, rowStride: cachedStepCount, stepStride: 1, b,
          columnStride: PanelLayout.width, count: cachedStepCount
        ).write(to: tile, stride: PanelLayout.width)
      }
      return 2 * turns * cachedStepCount * Arithmetic.stepsPerWord * Tile.height
        * PanelLayout.width
    }
    switch precision {
    case .bf16 where prefersNarrowedProducts(.bf16): return compute(BrainFloatArithmetic.self)
    case .int8: return compute(ByteArithmetic.self)
    case .fp32, .bf16: return compute(FloatArithmetic.self)
    }
  }
}
