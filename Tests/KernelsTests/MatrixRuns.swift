import Kernels
import TensorCore
import TestSupport

/// Seeded values in [-1, 1).
func matrixValues(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStream(seed: seed)
  return (0..<count).map { _ in Float(stream.uniform(in: -1...1)) }
}

/// What rounding can do to a sum of `length` products of values in [-1, 1]: half a unit in the last
/// place per addition, at partial sums that stay near the root of the length.
func reductionTolerance(_ length: Int) -> Double {
  0x1p-24 * (8 + 4 * Double(length))
}

/// Scratch, filled with NaN so that nothing read before it is written goes unnoticed.
private func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: count + 1)
  scratch.initialize(repeating: .nan)
  defer { scratch.deallocate() }
  guard let base = scratch.baseAddress else { fatalError("an allocation without an address") }
  return body(base)
}

extension MatrixKernels {
  func packedMatrix(
    _ b: [Float], k: Int, n: Int, isTransposed: Bool, arithmetic: ProductArithmetic = .widened
  ) -> [Float] {
    let precision: WeightPrecision = arithmetic == .narrowed ? .bf16 : .fp32
    var packed = [Float](repeating: .nan, count: packedCount(k: k, n: n, precision: precision))
    let panels = (n + panelWidth - 1) / panelWidth
    packed.withUnsafeMutableBufferPointer { packed in
      b.withUnsafeBufferPointer { b in
        guard let source = b.baseAddress, let target = packed.baseAddress else { return }
        // From the back, one at a time: panels may not touch each other.
        for panel in (0..<panels).reversed() {
          pack(
            source, leadingDimension: isTransposed ? k : n, isTransposed: isTransposed, k: k, n: n,
            panels: panel..<panel + 1, arithmetic: arithmetic, into: target)
        }
      }
    }
    return packed
  }

  func packedFlipped(
    _ weight: [Float], _ geometry: ConvolutionGeometry, arithmetic: ProductArithmetic = .widened
  ) -> [Float] {
    let gradient = geometry.inputGradient
    let n = gradient.outputChannels
    let precision: WeightPrecision = arithmetic == .narrowed ? .bf16 : .fp32
    var packed = [Float](
      repeating: .nan, count: packedCount(k: gradient.patchLength, n: n, precision: precision))
    packed.withUnsafeMutableBufferPointer { packed in
      weight.withUnsafeBufferPointer { weight in
        guard let source = weight.baseAddress, let target = packed.baseAddress else { return }
        packFlipped(
          source, geometry: geometry, panels: 0..<(n + panelWidth - 1) / panelWidth,
          arithmetic: arithmetic, into: target)
      }
    }
    return packed
  }

  /// `[M, N]` of `epilogue(A B)`, computed in the row ranges between `splits`. The result is stored
  /// with `gap` floats between its rows, which must stay untouched (nil is returned otherwise).
  func product(
    _ a: LeftOperand, packed: [Float], precision: WeightPrecision = .fp32,
    arithmetic: ProductArithmetic = .widened, m: Int, k: Int, n: Int,
    splits: [Int] = [], panelSplits: [Int] = [], gap: Int = 0,
    epilogue reference: EpilogueReference = .init(),
    old: [Float]? = nil
  ) -> [Float]? {
    let mark: Float = 1234.5
    let leadingDimension = n + gap
    var c = [Float](repeating: mark, count: max(1, m * leadingDimension))
    if let old {
      for row in 0..<m {
        for column in 0..<n { c[row * leadingDimension + column] = old[row * n + column] }
      }
    }
    func pointer(_ values: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
      if let values {
        values.withUnsafeBufferPointer { body($0.baseAddress) }
      } else {
        body(nil)
      }
    }
    withScratch(multiplyScratchCount(k: k, n: n)) { scratch in
      c.withUnsafeMutableBufferPointer { c in
        pointer(reference.bias) { bias in
          pointer(reference.perSample) { perSample in
            pointer(reference.residual) { residual in
              pointer(packed) { packed in
                let epilogue = Epilogue(
                  bias: bias, perSample: perSample, rowsPerSample: reference.rowsPerSample,
                  activation: reference.activation, residual: residual,
                  residualLeadingDimension: n, accumulates: reference.accumulates)
                guard let target = c.baseAddress else { return }
                let panelBounds = [0] + panelSplits + [(n + panelWidth - 1) / panelWidth]
                let bounds = [0] + splits + [m]
                for (first, last) in zip(panelBounds, panelBounds.dropFirst()) {
                  for (start, end) in zip(bounds, bounds.dropFirst()) {
                    multiply(
                      rows: start..<end, panels: first..<last, a,
                      packed: packed ?? UnsafePointer(scratch), precision: precision,
                      arithmetic: arithmetic, k: k, n: n, into: target,
                      leadingDimension: leadingDimension, epilogue: epilogue,
                      scratch: scratch)
                  }
                }
              }
            }
          }
        }
      }
    }
    var result: [Float] = []
    for row in 0..<m {
      let first = row * leadingDimension
      result += c[first..<first + n]
      guard c[first + n..<first + leadingDimension].allSatisfy({ $0 == mark }) else { return nil }
    }
    return result
  }

  /// `[M, N]` of a matrix product.
  func product(
    _ a: [Float], _ b: [Float], m: Int, k: Int, n: Int, splits: [Int] = [], gap: Int = 0,
    epilogue: EpilogueReference = .init(), old: [Float]? = nil, isTransposed: Bool = false
  ) -> [Float]? {
    let packed = packedMatrix(b, k: k, n: n, isTransposed: isTransposed)
    return (a + [0]).withUnsafeBufferPointer { a in
      guard let base = a.baseAddress else { return nil }
      return product(
        .matrix(base, leadingDimension: k), packed: packed, m: m, k: k, n: n, splits: splits,
        gap: gap, epilogue: epilogue, old: old)
    }
  }

  /// `[N, OH, OW, OC]`.
  func convolution(
    _ map: [Float], _ weight: [Float], _ geometry: ConvolutionGeometry, splits: [Int] = []
  ) -> [Float]? {
    let k = geometry.patchLength
    let packed = packedMatrix(weight, k: k, n: geometry.outputChannels, isTransposed: true)
    return map.withUnsafeBufferPointer { map in
      guard let base = map.baseAddress else { return nil }
      return product(
        .patches(base, geometry), packed: packed, m: geometry.outputPixelCount, k: k,
        n: geometry.outputChannels, splits: splits)
    }
  }

  /// `[N, H, W, C]` for the forward convolution `geometry`.
  func convolutionInputGradient(
    _ outputGradient: [Float], _ weight: [Float], _ geometry: ConvolutionGeometry,
    splits: [Int] = []
  ) -> [Float]? {
    let gradient = geometry.inputGradient
    let packed = packedFlipped(weight, geometry)
    return outputGradient.withUnsafeBufferPointer { map in
      guard let base = map.baseAddress else { return nil }
      return product(
        .patches(base, gradient), packed: packed, m: gradient.outputPixelCount,
        k: gradient.patchLength, n: gradient.outputChannels, splits: splits)
    }
  }

  /// `[P, K]` of `dYᵀ X`, computed in the column ranges between `splits`, added to `old`.
  func weightGradient(
    _ outputGradient: [Float], _ x: LeftOperand, arithmetic: ProductArithmetic = .widened,
    rowCount: Int, outputCount: Int, k: Int, splits: [Int] = [], old: [Float]? = nil
  ) -> [Float] {
    var g = old ?? [Float](repeating: .nan, count: outputCount * k)
    g.withUnsafeMutableBufferPointer { g in
      (outputGradient + [0]).withUnsafeBufferPointer { dY in
        guard let target = g.baseAddress, let source = dY.baseAddress else { return }
        let bounds = [0] + splits + [k]
        for (start, end) in zip(bounds, bounds.dropFirst()) {
          let count = weightGradientScratchCount(
            rowCount: rowCount, outputCount: outputCount, columnCount: end - start)
          withScratch(count) { scratch in
            weightGradient(
              columns: start..<end, outputGradient: source, leadingDimension: outputCount,
              rowCount: rowCount, outputCount: outputCount, x, arithmetic: arithmetic, k: k,
              into: target,
              accumulates: old != nil, scratch: scratch)
          }
        }
      }
    }
    return g
  }
}
