import Kernels
import Platform

/// Zeros around a map, in pixels.
public struct Padding: Hashable, Sendable {
  public var top: Int
  public var left: Int
  public var bottom: Int
  public var right: Int

  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// The same on all four sides.
  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }
}

extension Tensor {
  /// 2-D cross-correlation of a channels-last map, without an im2col matrix.
  ///
  /// - Parameters:
  ///   - weight: `[OC, KH, KW, C]`.
  ///   - bias: `[OC]`.
  ///   - perSample: `[N, OC]`, added to every pixel of its sample (a time embedding).
  ///   - residual: `[N, OH, OW, OC]`, added last.
  /// - Returns: `[N, OH, OW, OC]` for `self` of `[N, H, W, C]`,
  ///   `OH = (H + top + bottom - KH) / stride + 1`.
  public func convolution(
    _ weight: MatrixWeight, bias: Parameter?, stride: Int = 1, padding: Padding = Padding(0),
    perSample: Tensor? = nil, residual: Tensor? = nil
  ) -> Tensor {
    let w = weight.shape
    require(
      shape.rank == 4 && w.rank == 4 && shape[3] == w[3],
      "convolution: input \(shape) does not fit the weight \(w)")
    let outputHeight = (shape[1] + padding.top + padding.bottom - w[1]) / stride + 1
    let outputWidth = (shape[2] + padding.left + padding.right - w[2]) / stride + 1
    require(
      outputHeight > 0 && outputWidth > 0, "convolution: input \(shape) is smaller than \(w)")
    let geometry = ConvolutionGeometry(
      batch: shape[0], inputHeight: shape[1], inputWidth: shape[2], inputChannels: shape[3],
      outputHeight: outputHeight, outputWidth: outputWidth, outputChannels: w[0],
      kernelHeight: w[1], kernelWidth: w[2], stride: stride, paddingTop: padding.top,
      paddingLeft: padding.left)
    let outputShape: Shape = [shape[0], outputHeight, outputWidth, w[0]]
    let pixelsPerSample = outputHeight * outputWidth
    require(
      (perSample == nil || perSample?.count == shape[0] * w[0])
        && (residual == nil || residual?.count == outputShape.count),
      "convolution: addends \(perSample?.shape ?? []), \(residual?.shape ?? []) do not fit the "
        + "output \(outputShape)")
    let span = OperationProfile.begin("convolution")
    defer { span.end() }
    let operations =
      2 * Double(geometry.outputPixelCount) * Double(geometry.patchLength) * Double(w[0])
    OperationProfile.count(operations: operations)
    let byteCount =
      byteCount + weight.byteCount + outputShape.count * MemoryLayout<Float>.stride
    let inputShape = shape
    @Sendable func describe() {
      OperationProfile.describe(
        shape: "\(inputShape) \(w[1])x\(w[2])" + (stride > 1 ? "/\(stride)" : "")
          + " -> \(w[0])", byteCount: byteCount)
    }
    describe()
    let bias = bias?.tensor
    let weightTensor = weight.parameter?.tensor
    let needsInputGradient = isTracked
    require(
      !(needsInputGradient && weightTensor == nil),
      "packed weights are for inference, not for a tape")

    let epilogue = Epilogue(
      bias: bias?.base, perSample: perSample?.base, rowsPerSample: pixelsPerSample,
      residual: residual?.base, residualLeadingDimension: w[0])
    let output =
      weight.winogradOperand(geometry).map {
        winogradProduct(geometry, weights: $0, shape: outputShape, epilogue: epilogue)
      }
      ?? product(
        operand(geometry), rows: geometry.outputPixelCount, weight: weight,
        k: geometry.patchLength, n: w[0], shape: outputShape, epilogue: epilogue)
    guard let weightTensor else { return output }

    var inputs = [self, weightTensor]
    if let bias { inputs.append(bias) }
    if let perSample { inputs.append(perSample) }
    if let residual { inputs.append(residual) }
    let needsWeightGradient = weightTensor.isTracked
    let hasBias = bias != nil
    let sampleShape = perSample?.shape
    let hasResidual = residual != nil
    let products = weight.products
    return Tensor.recorded(
      "convolution", output, inputs: inputs, saving: [self, weightTensor]
    ) { upstream, saved in
      let x = saved[0]
      let w = saved[1]
      describe()
      if needsInputGradient { OperationProfile.count(operations: operations) }
      var gradients: [Tensor?] = [
        needsInputGradient
          ? upstream.convolutionInputGradient(w, geometry, shape: x.shape, products: products)
          : nil,
        needsWeightGradient
          ? upstream.convolutionWeightGradient(x, geometry, shape: w.shape, products: products)
          : nil,
      ]
      let sampleSums = sampleShape.map { upstream.summedPerSample().reshaped($0) }
      if hasBias {
        gradients.append(
          sampleSums?.columnSums(rows: geometry.batch, columns: geometry.outputChannels)
            ?? upstream.columnSums(
              rows: geometry.outputPixelCount, columns: geometry.outputChannels))
      }
      if let sampleSums { gradients.append(sampleSums) }
      if hasResidual { gradients.append(upstream) }
      return gradients
    }
  }

  /// A 1x1 convolution of stride 1 is a plain product; all others gather patches.
  private func operand(_ geometry: ConvolutionGeometry) -> LeftOperand {
    let isPointwise =
      geometry.kernelHeight == 1 && geometry.kernelWidth == 1 && geometry.stride == 1
      && geometry.paddingTop == 0 && geometry.paddingLeft == 0
      && geometry.outputHeight == geometry.inputHeight
      && geometry.outputWidth == geometry.inputWidth
    return isPointwise
      ? .matrix(base, leadingDimension: geometry.inputChannels) : .patches(base, geometry)
  }

  private func convolutionInputGradient(
    _ weight: Tensor, _ geometry: ConvolutionGeometry, shape: Shape, products: ProductPrecision
  ) -> Tensor {
    let backward = geometry.inputGradient
    if let weights = WinogradWeights.flipped(weight, geometry, beside: products.arithmetic) {
      return winogradProduct(backward, weights: weights, shape: shape, epilogue: Epilogue())
    }
    // Products with a dilated map are of floats.
    let products = backward.inputDilation > 1 ? .fp32 : products
    return product(
      operand(backward), rows: backward.outputPixelCount, k: backward.patchLength,
      n: backward.outputChannels, shape: shape, products: products, epilogue: Epilogue()
    ) {
      kernels.packFlipped(
        weight.base, geometry: geometry, panels: $0, arithmetic: products.arithmetic, into: $1)
    }
  }

  private func convolutionWeightGradient(
    _ x: Tensor, _ geometry: ConvolutionGeometry, shape: Shape, products: ProductPrecision
  ) -> Tensor {
    WinogradWeights.areWorthwhile(geometry, beside: products.arithmetic)
      ? winogradWeightGradient(x, geometry, shape: shape)
      : weightGradient(
        x.operand(geometry), rows: geometry.outputPixelCount, outputs: geometry.outputChannels,
        k: geometry.patchLength, shape: shape, products: products, keeping: x)
  }
}
