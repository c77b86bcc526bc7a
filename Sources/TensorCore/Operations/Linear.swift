import Kernels
import Platform

extension Tensor {
  /// `activation(x Wᵀ + bias) + residual`.
  ///
  /// - Parameters:
  ///   - weight: `[N, K]`.
  ///   - bias: `[N]`.
  ///   - residual: `[..., N]`.
  /// - Returns: `[..., N]` for `self` of `[..., K]`.
  public func linear(
    _ weight: MatrixWeight, bias: Parameter?, activation: Activation = .none,
    residual: Tensor? = nil
  ) -> Tensor {
    let n = weight.shape[0]
    let k = weight.shape.count / max(n, 1)
    require(shape.last == k, "linear: input \(shape) does not fit the weight \(weight.shape)")
    let m = shape.rows
    let outputShape = shape.replacingLast(n)
    require(
      residual == nil || residual?.count == m * n,
      "linear: residual \(residual?.shape ?? []) is not \(outputShape)")
    let span = OperationProfile.begin("linear")
    defer { span.end() }
    let operations = 2 * Double(m) * Double(n) * Double(k)
    OperationProfile.count(operations: operations)
    let byteCount = byteCount + weight.byteCount + m * n * MemoryLayout<Float>.stride
    @Sendable func describe() {
      OperationProfile.describe(shape: "\(m) x \(k) -> \(n)", byteCount: byteCount)
    }
    describe()
    let bias = bias?.tensor
    let weightTensor = weight.parameter?.tensor
    let isTracked =
      self.isTracked || weightTensor?.isTracked == true || bias?.isTracked == true
      || residual?.isTracked == true
    require(
      !(self.isTracked && weightTensor == nil), "packed weights are for inference, not for a tape")

    // The backward of an activation needs its input, so under a tape it is an operation of its own.
    let fusesActivation = !isTracked || activation == .none
    let output = product(
      .matrix(base, leadingDimension: k), rows: m, weight: weight, k: k, n: n, shape: outputShape,
      epilogue: Epilogue(
        bias: bias?.base, activation: fusesActivation ? activation : .none,
        residual: fusesActivation ? residual?.base : nil, residualLeadingDimension: n))
    guard isTracked, let weightTensor else { return output }

    var inputs = [self, weightTensor]
    if let bias { inputs.append(bias) }
    if fusesActivation, let residual { inputs.append(residual) }
    let hasBias = bias != nil
    let hasResidual = fusesActivation && residual != nil
    let needsInputGradient = self.isTracked
    let needsWeightGradient = weightTensor.isTracked
    let products = weight.products
    let recorded = Tensor.recorded(
      "linear", output, inputs: inputs, saving: [self, weightTensor]
    ) { upstream, saved in
      let x = saved[0]
      let w = saved[1]
      describe()
      var gradients: [Tensor?] = []
      if needsInputGradient {
        OperationProfile.count(operations: operations)
        gradients.append(
          upstream.product(
            .matrix(upstream.base, leadingDimension: n), rows: m, k: n, n: k, shape: x.shape,
            products: products, epilogue: Epilogue()
          ) {
            kernels.pack(
              w.base, leadingDimension: k, isTransposed: false, k: n, n: k, panels: $0,
              arithmetic: products.arithmetic, into: $1)
          })
      } else {
        gradients.append(nil)
      }
      gradients.append(
        needsWeightGradient
          ? upstream.weightGradient(
            .matrix(x.base, leadingDimension: k), rows: m, outputs: n, k: k, shape: w.shape,
            products: products, keeping: x) : nil)
      if hasBias { gradients.append(upstream.columnSums(rows: m, columns: n)) }
      if hasResidual { gradients.append(upstream) }
      return gradients
    }
    guard !fusesActivation else { return recorded }
    let activated = recorded.activated(activation)
    return residual.map { activated + $0 } ?? activated
  }

  /// `epilogue(A B)`; `self` is what `a` points into and stays alive meanwhile.
  func product(
    _ a: LeftOperand, rows: Int, packed: PackedPanels, k: Int, n: Int, shape: Shape,
    epilogue: Epilogue
  ) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let width = kernels.panelWidth
    let arithmetic = packed.arithmetic
    // Each piece copies its rows and reads its panels, from memory when the weight is large: that takes
    // the time of a fraction of a panel's products, of a whole one when they are narrowed, and of two
    // tiles' rows.
    let rowCost = arithmetic == .narrowed ? 1 : 0.3
    Parallel.forEachBlock(
      rows: rows, rowGrain: kernels.tileHeight, columns: (n + width - 1) / width, columnGrain: 1,
      cost: { Double($0 * $1) + rowCost * Double($0) + 2 * Double($1) },
      scratchCount: { _, _ in kernels.multiplyScratchCount(k: k, n: n) }
    ) { rows, panels, scratch in
      kernels.multiply(
        rows: rows, panels: panels, a, packed: packed.storage.base, precision: packed.precision,
        arithmetic: arithmetic, k: k, n: n, into: output.mutableBase, leadingDimension: n,
        epilogue: epilogue, scratch: scratch)
    }
    withExtendedLifetime((self, packed.storage)) {}
    return output
  }

  /// `dYᵀ X` with `self` as `dY [rows, outputs]`, shaped like the weight.
  func weightGradient(
    _ x: LeftOperand, rows: Int, outputs: Int, k: Int, shape: Shape, products: ProductPrecision,
    keeping operand: Tensor
  ) -> Tensor {
    let span = OperationProfile.beginPart("weight gradient")
    defer { span.end() }
    OperationProfile.count(operations: 2 * Double(rows) * Double(outputs) * Double(k))
    let gradient = Tensor(uninitialized: shape)
    // Both operands are copied for each piece, at about a quarter of the time of a product by the
    // smallest tile; narrow ones are rounded as well, and multiplied in half the time.
    let copyCost = products == .fp32 ? 0.25 : 0.75
    Parallel.forEachBlock(
      rows: outputs, rowGrain: kernels.tileHeight, columns: k, columnGrain: kernels.panelWidth,
      cost: { Double($0 * $1) + copyCost * Double($0 + $1) },
      scratchCount: {
        kernels.weightGradientScratchCount(rowCount: rows, outputCount: $0, columnCount: $1)
      }
    ) { range, columns, scratch in
      kernels.weightGradient(
        columns: columns, outputGradient: base + range.lowerBound, leadingDimension: outputs,
        rowCount: rows, outputCount: range.count, x, arithmetic: products.arithmetic, k: k,
        into: gradient.mutableBase + range.lowerBound * k, accumulates: false, scratch: scratch)
    }
    withExtendedLifetime(operand) {}
    return gradient
  }

  /// Sums over all rows of `[rows, columns]`.
  func columnSums(rows: Int, columns: Int) -> Tensor {
    let span = OperationProfile.beginPart("bias gradient")
    defer { span.end() }
    let sums = Tensor(uninitialized: [columns])
    // One range of whole cache lines for each thread, as each walks over all rows.
    let lines = (columns + 15) / 16
    let threads = Parallel.threadCount
    Parallel.forEachRange(columns, grain: 16 * ((lines + threads - 1) / threads)) { range in
      kernels.columnSums(
        columns: range, of: base, leadingDimension: columns, rowCount: rows,
        into: sums.mutableBase, accumulates: false)
    }
    return sums
  }
}
