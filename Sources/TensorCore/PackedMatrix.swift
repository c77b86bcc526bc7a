import Kernels
import Platform
import Synchronization

/// The right operand of a product, laid out in panels.
struct PackedPanels {
  let storage: Storage
  let precision: WeightPrecision
  /// What products with them are computed in.
  let arithmetic: ProductArithmetic

  /// - Parameter arithmetic: what the kernels prefer when nil.
  init(
    _ storage: Storage, precision: WeightPrecision = .fp32, arithmetic: ProductArithmetic? = nil
  ) {
    self.storage = storage
    self.precision = precision
    self.arithmetic =
      arithmetic ?? (kernels.prefersNarrowedProducts(precision) ? .narrowed : .widened)
  }

  /// These, of 32 bits, rounded to `precision`.
  func narrowed(to precision: WeightPrecision, k: Int, n: Int) -> PackedPanels {
    guard precision != .fp32 else { return self }
    let count = kernels.packedCount(k: k, n: n, precision: precision)
    let narrow = Storage(count: max(1, count))
    let panelCount = (n + kernels.panelWidth - 1) / kernels.panelWidth
    Parallel.forEachRange(panelCount, grain: PackedMatrix.panelGrain(k)) { panels in
      kernels.narrow(
        storage.base, k: k, n: n, panels: panels, to: precision, into: narrow.base)
    }
    withExtendedLifetime(storage) {}
    return PackedPanels(narrow, precision: precision)
  }
}

/// A weight laid out once for the micro-kernel, for inference.
public struct PackedMatrix: Sendable {
  /// The shape it was packed from: `[N, K]`, or `[OC, KH, KW, C]` for a convolution.
  public let shape: Shape
  let panels: PackedPanels
  /// Of the panels, with what fills up the last one.
  public let byteCount: Int
  /// The weights in Winograd's domain, from their first use there on.
  let winograd = KeptStorage()

  /// The numbers that it is kept in.
  public var precision: WeightPrecision { panels.precision }

  /// Packs a weight of either rank.
  public init(_ weight: Tensor, precision: WeightPrecision = .fp32) {
    require(
      weight.shape.rank == 2 || weight.shape.rank == 4,
      "only matrices and convolution weights are packed, not \(weight.shape)")
    shape = weight.shape
    let plain = Self.packed(weight, isTransposed: true)
    let n = shape[0]
    let k = shape.count / max(n, 1)
    panels = plain.narrowed(to: precision, k: k, n: n)
    byteCount = kernels.packedCount(k: k, n: n, precision: precision) * MemoryLayout<Float>.stride
  }

  /// Packs a weight whose rows (of the leading axis) are made a panel at a time and never are in
  /// memory together.
  ///
  /// - Parameters:
  ///   - precision: of the numbers that are kept.
  ///   - work: gets the time of both steps and the size.
  ///   - makeRows: writes the rows of a range, one after the other; called by several threads.
  /// - Throws: what `makeRows` throws for the earliest rows.
  public init(
    shape: Shape, precision: WeightPrecision, work: inout WeightWork,
    makingRows makeRows: (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    require(
      shape.rank == 2 || shape.rank == 4,
      "only matrices and convolution weights are packed, not \(shape)")
    let n = shape[0]
    let k = shape.count / max(n, 1)
    let count = kernels.packedCount(k: k, n: n, precision: precision)
    let storage = Storage(count: max(1, count))
    let width = kernels.panelWidth
    let isNarrow = precision != .fp32
    let failure = FirstFailure()
    let total = Mutex(WeightWork())
    Parallel.forEachRange(
      (n + width - 1) / width, grain: Self.panelGrain(k),
      scratchCount: (isNarrow ? 2 : 1) * width * k
    ) { panels, scratch in
      var work = WeightWork()
      work.measure(\.packSeconds) {
        let offset = kernels.packedCount(k: k, n: panels.lowerBound * width, precision: precision)
        let end = kernels.packedCount(
          k: k, n: min(n, panels.upperBound * width), precision: precision)
        MemoryPool.prepare(storage.base + offset, count: end - offset)
      }
      for panel in panels {
        let rows = panel * width..<min(n, (panel + 1) * width)
        failure.catching(at: panel) {
          try work.measure(\.readSeconds) {
            try makeRows(
              rows, UnsafeMutableBufferPointer(start: scratch, count: rows.count * k))
          }
          // A panel is the whole of a matrix of its rows, behind the panels before it.
          work.measure(\.packSeconds) {
            let target =
              storage.base + kernels.packedCount(k: k, n: rows.lowerBound, precision: precision)
            let panel = isNarrow ? scratch + width * k : target
            kernels.pack(
              scratch, leadingDimension: k, isTransposed: true, k: k, n: rows.count, panels: 0..<1,
              into: panel)
            if isNarrow {
              kernels.narrow(
                panel, k: k, n: rows.count, panels: 0..<1, to: precision, into: target)
            }
          }
        }
      }
      total.withLock { $0 += work }
    }
    try failure.rethrow()
    self.shape = shape
    panels = PackedPanels(storage, precision: precision)
    byteCount = count * MemoryLayout<Float>.stride
    work += total.withLock { $0 }
    work.packedByteCount += byteCount
  }

  /// Panels that are worth a thread's attention.
  static func panelGrain(_ k: Int) -> Int { max(1, 16384 / max(1, k * kernels.panelWidth)) }

  /// `source [R, C]` packed as `B = sourceᵀ` (`K = C`, `N = R`) or as `B = source` (`K = R`, `N = C`).
  static func packed(_ source: Tensor, isTransposed: Bool) -> PackedPanels {
    let span = OperationProfile.beginPart("packing")
    defer { span.end() }
    let rows = source.shape[0]
    let columns = source.count / max(rows, 1)
    let (k, n) = isTransposed ? (columns, rows) : (rows, columns)
    let count = kernels.packedCount(k: k, n: n)
    let storage = Storage(count: max(1, count))
    let panelCount = (n + kernels.panelWidth - 1) / kernels.panelWidth
    Parallel.forEachRange(panelCount, grain: panelGrain(k)) { panels in
      kernels.pack(
        source.base, leadingDimension: columns, isTransposed: isTransposed, k: k, n: n,
        panels: panels, into: storage.base)
    }
    return PackedPanels(storage)
  }
}

/// Storage that is made when it is first asked for.
final class KeptStorage: Sendable {
  private let storage = Mutex<Storage?>(nil)

  /// - Parameter make: called while others wait; must not ask for the same storage.
  func value(_ make: () -> Storage) -> Storage {
    storage.withLock { storage in
      if let storage { return storage }
      let made = make()
      storage = made
      return made
    }
  }
}

/// The weight of a product: trainable, or packed for inference. Decided when a layer is built.
public enum MatrixWeight: Sendable {
  /// `[N, K]`, or `[OC, KH, KW, C]`.
  case parameter(Parameter)
  case packed(PackedMatrix)

  public var shape: Shape {
    switch self {
    case .parameter(let parameter): parameter.value.shape
    case .packed(let matrix): matrix.shape
    }
  }

  /// Of the numbers as they are held.
  var byteCount: Int {
    switch self {
    case .parameter(let parameter): parameter.value.byteCount
    case .packed(let matrix): matrix.byteCount
    }
  }

  /// The parameter, when this is one.
  public var parameter: Parameter? {
    if case .parameter(let parameter) = self { parameter } else { nil }
  }

  /// What products with a parameter are computed in; with packed weights their panels tell it.
  var products: ProductPrecision { parameter?.products ?? .fp32 }

  /// The packed right operand `B [K, N]`; packed on the spot for a parameter, whose value changes
  /// every step.
  var packedOperand: PackedPanels {
    switch self {
    case .parameter(let parameter): PackedMatrix.packed(parameter.value, isTransposed: true)
    case .packed(let matrix): matrix.panels
    }
  }
}
