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
    return product(a, rows: rows, k: k, n: n, shape: shape, epilogue: epilogue) {
      kernels.pack(
        value.base, leadingDimension: k, isTransposed: true, k: k, n: n, panels: $0, into: $1)
    }
  }

  /// `epilogue(A B)`, where `pack` lays out panels of `B` in the places that they have behind the
  /// first of all panels. Of a large `B` every thread packs a few and multiplies by them at once, so
  /// that they come out of its cache and never are in memory together.
  func product(
    _ a: LeftOperand, rows: Int, k: Int, n: Int, shape: Shape, epilogue: Epilogue,
    packing pack: (_ panels: Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let width = kernels.panelWidth
    let panelCount = (n + width - 1) / width
    guard k * n >= Self.largeOperand else {
      let packed = Storage(count: max(1, kernels.packedCount(k: k, n: n)))
      let span = OperationProfile.beginPart("packing")
      Parallel.forEachRange(panelCount, grain: PackedMatrix.panelGrain(k)) {
        pack($0, packed.base)
      }
      span.end()
      return product(
        a, rows: rows, packed: PackedPanels(packed), k: k, n: n, shape: shape, epilogue: epilogue)
    }
    let output = Tensor(uninitialized: shape)
    let panelFloats = k * width
    let threads = Parallel.threadCount
    let piece = max(
      1, min(Self.pieceFloats / panelFloats, (panelCount + 4 * threads - 1) / (4 * threads)))
    let scratch = ThreadScratch(
      count: piece * panelFloats + kernels.multiplyScratchCount(k: k, n: n), threads: threads)
    Parallel.forEachPiece((panelCount + piece - 1) / piece) { index in
      let panels = index * piece..<min(panelCount, (index + 1) * piece)
      scratch.withPart { part in
        let packed = part - panels.lowerBound * panelFloats
        pack(panels, packed)
        kernels.multiply(
          rows: 0..<rows, panels: panels, a, packed: packed, precision: .fp32,
          arithmetic: .widened, k: k, n: n, into: output.mutableBase, leadingDimension: n,
          epilogue: epilogue, scratch: part + piece * panelFloats)
      }
    }
    withExtendedLifetime(self) {}
    return output
  }
}
