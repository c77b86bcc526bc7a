import KernelInterface

extension VectorKernels {
  /// 8 bits wherever they are summed up by integer instructions; bf16 where the instruction set
  /// multiplies it.
  public func prefersNarrowedProducts(_ precision: WeightPrecision) -> Bool {
    switch precision {
    case .fp32: false
    case .bf16:
      #if KERNELS_AVX512BF16
        true
      #else
        false
      #endif
    case .int8: true
    }
  }

  /// Floats of scratch for one concurrent call of `multiply`, whatever its rows.
  public func multiplyScratchCount(k: Int, n: Int) -> Int { ProductScratch.count }

  /// Rows `rows` and panels `panels` of `c = epilogue(A B)`, block by block of the reduction.
  public func multiply(
    rows: Range<Int>, panels: Range<Int>, _ a: LeftOperand, packed b: UnsafePointer<Float>,
    precision: WeightPrecision, arithmetic: ProductArithmetic, k: Int, n: Int,
    into c: UnsafeMutablePointer<Float>, leadingDimension: Int, epilogue: Epilogue,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let finish = TileFinish(
      result: c, leadingDimension: leadingDimension, sums: c,
      sumsLeadingDimension: leadingDimension, columnCount: n, epilogue: epilogue)
    let layout = PanelLayout(k: k, n: n, precision: precision)
    let scratch = ProductScratch(scratch)
    guard case .patches(let map, let geometry) = a, geometry.inputDilation > 1 else {
      func multiply<Arithmetic: TileArithmetic>(_: Arithmetic.Type) {
        BlockedProduct<Arithmetic>(
          left: a, right: b, layout: layout, steps: 0..<k, phase: nil, scratch: scratch
        ).multiply(rows: rows, panels: panels, finish: finish)
      }
      switch (precision, arithmetic) {
      case (.fp32, _), (_, .widened): multiply(FloatArithmetic.self)
      case (.bf16, .narrowed): multiply(BrainFloatArithmetic.self)
      case (.int8, .narrowed): multiply(ByteArithmetic.self)
      }
      return
    }
    var firstStep = 0
    ConvolutionPhase.forEach(of: geometry) { phase in
      let steps = firstStep..<firstStep + phase.geometry.patchLength
      let product = BlockedProduct<FloatArithmetic>(
        left: .patches(map, phase.geometry), right: b, layout: layout, steps: steps, phase: phase,
        scratch: scratch)
      product.multiply(
        rows: phase.rank(of: rows.lowerBound)..<phase.rank(of: rows.upperBound), panels: panels,
        finish: finish)
      firstStep = steps.upperBound
    }
  }
}
