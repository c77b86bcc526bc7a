import Kernels
import Platform

extension Tensor {
  /// From here on a right operand does not stay in a cache between its packing and its use: floats.
  private static let largeOperand = 1 << 20
  /// How much a thread packs at a time: no more than stays in its caches, and much beside what a piece
  /// costs, which is to gather the left operand once more.
  private static let pieceFloats = 3 << 18

  /// `epilogue(A Wᵀ)`; `self` is what `a` points into.
  func product(
    _ a: LeftOperand, rows: Int, weight: MatrixWeight, k: Int, n: Int, shape: Shape,
    epilogue: Epilogue
  ) -> Tensor {
    guard let value = weight.parameter?.value else {
      return product(
        a, rows: rows, packed: weight.packedOperand, k: k, n: n, shape: shape, epilogue: epilogue)
    }
    return product(
      a, rows: rows, k: k, n: n, shape: shape, products: weight.products, epilogue: epilogue
    ) {
      kernels.pack(
        value.base, leadingDimension: k, isTransposed: true, k: k, n: n, panels: $0,
        arithmetic: weight.products.arithmetic, into: $1)
    }
  }

  /// `epilogue(A B)`, where `pack` lays out panels of `B`, for the arithmetic of `products`, in the
  /// places that they have behind the first of all panels. Of a large `B` every thread packs a few
  /// and multiplies by them at once, so that they come out of its cache and never are in memory
  /// together.
  ///
  /// - Parameter products: `fp32` for patches of a dilated map.
  func product(
    _ a: LeftOperand, rows: Int, k: Int, n: Int, shape: Shape, products: ProductPrecision,
    epilogue: Epilogue, packing pack: (_ panels: Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let width = kernels.panelWidth
    let panelCount = (n + width - 1) / width
    let (precision, arithmetic) = (products.panels, products.arithmetic)
    guard k * n >= Self.largeOperand else {
      let packed = Storage(
        count: max(1, kernels.packedCount(k: k, n: n, precision: precision)))
      let span = OperationProfile.beginPart("packing")
      Parallel.forEachRange(panelCount, grain: PackedMatrix.panelGrain(k)) {
        pack($0, packed.base)
      }
      span.end()
      return product(
        a, rows: rows, packed: PackedPanels(packed, precision: precision, arithmetic: arithmetic),
        k: k, n: n, shape: shape, epilogue: epilogue)
    }
    let output = Tensor(uninitialized: shape)
    let panelWords = kernels.packedCount(k: k, n: width, precision: precision)
    let threads = Parallel.threadCount
    let piece = max(
      1, min(Self.pieceFloats / panelWords, (panelCount + 4 * threads - 1) / (4 * threads)))
    let scratch = ThreadScratch(
      count: piece * panelWords + kernels.multiplyScratchCount(k: k, n: n), threads: threads)
    Parallel.forEachPiece((panelCount + piece - 1) / piece) { index in
      let panels = index * piece..<min(panelCount, (index + 1) * piece)
      scratch.withPart { part in
        let packed = part - panels.lowerBound * panelWords
        pack(panels, packed)
        kernels.multiply(
          rows: 0..<rows, panels: panels, a, packed: packed, precision: precision,
          arithmetic: arithmetic, k: k, n: n, into: output.mutableBase, leadingDimension: n,
          epilogue: epilogue, scratch: part + piece * panelWords)
      }
    }
    withExtendedLifetime(self) {}
    return output
  }
}
