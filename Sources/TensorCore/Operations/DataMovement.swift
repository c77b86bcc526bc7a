import Kernels
import Platform

extension Tensor {
  /// Nearest-neighbour doubling, `[N, H, W, C]` to `[N, 2H, 2W, C]`.
  public func upsampledNearest() -> Tensor {
    require(shape.rank == 4, "upsampling needs [N, H, W, C], not \(shape)")
    let span = OperationProfile.begin("upsample")
    defer { span.end() }
    let (width, channelCount) = (shape[2], shape[3])
    let lineCount = shape[0] * shape[1]
    let output = Tensor(uninitialized: [shape[0], 2 * shape[1], 2 * width, channelCount])
    OperationProfile.describe(shape: "\(shape)", byteCount: byteCount + output.byteCount)
    Parallel.forEachRange(lineCount) {
      kernels.upsampleNearest(
        rows: $0, width: width, channelCount: channelCount, x: base, y: output.mutableBase)
    }
    let inputShape = shape
    return Tensor.recorded("upsample", output, inputs: [self], saving: []) { upstream, _ in
      let dx = Tensor(uninitialized: inputShape)
      Parallel.forEachRange(lineCount) {
        kernels.upsampleNearestGradient(
          rows: $0, width: width, channelCount: channelCount, dy: upstream.base,
          dx: dx.mutableBase)
      }
      return [dx]
    }
  }

  /// Side by side on the last axis: `[..., A]` and `[..., B]` to `[..., A + B]`.
  public static func concatenated(_ a: Tensor, _ b: Tensor) -> Tensor {
    require(
      a.shape.rank == b.shape.rank && a.shape.dims.dropLast() == b.shape.dims.dropLast(),
      "\(a.shape) and \(b.shape) can't be joined on the last axis")
    let span = OperationProfile.begin("concatenate")
    defer { span.end() }
    let (aWidth, bWidth) = (a.shape.last, b.shape.last)
    let output = Tensor(uninitialized: a.shape.replacingLast(aWidth + bWidth))
    OperationProfile.describe(
      shape: "\(a.shape) + \(bWidth)", byteCount: 2 * output.byteCount)
    Parallel.forEachRange(a.shape.rows, grain: 64) { rows in
      kernels.copyColumns(
        rows: rows, width: aWidth, x: a.base, xStride: aWidth, xOffset: 0, y: output.mutableBase,
        yStride: aWidth + bWidth, yOffset: 0, accumulates: false)
      kernels.copyColumns(
        rows: rows, width: bWidth, x: b.base, xStride: bWidth, xOffset: 0, y: output.mutableBase,
        yStride: aWidth + bWidth, yOffset: aWidth, accumulates: false)
    }
    return recorded("concatenate", output, inputs: [a, b], saving: []) { upstream, _ in
      [
        upstream.copiedChannels(0..<aWidth), upstream.copiedChannels(aWidth..<(aWidth + bWidth)),
      ]
    }
  }

  /// Channels `range` of the last axis, copied.
  public func channels(_ range: Range<Int>) -> Tensor {
    require(
      range.lowerBound >= 0 && range.upperBound <= shape.last,
      "channels \(range) are not within \(shape)")
    let inputShape = shape
    return Tensor.recorded("channels", copiedChannels(range), inputs: [self], saving: []) { up, _ in
      let dx = Tensor.zeros(inputShape)
      Parallel.forEachRange(inputShape.rows, grain: 64) {
        kernels.copyColumns(
          rows: $0, width: range.count, x: up.base, xStride: range.count, xOffset: 0,
          y: dx.mutableBase, yStride: inputShape.last, yOffset: range.lowerBound,
          accumulates: false)
      }
      return [dx]
    }
  }

  private func copiedChannels(_ range: Range<Int>) -> Tensor {
    let output = Tensor(uninitialized: shape.replacingLast(range.count))
    Parallel.forEachRange(shape.rows, grain: 64) {
      kernels.copyColumns(
        rows: $0, width: range.count, x: base, xStride: shape.last, xOffset: range.lowerBound,
        y: output.mutableBase, yStride: range.count, yOffset: 0, accumulates: false)
    }
    return output
  }

  /// Tensors of one shape `[...]` stacked to `[count, ...]`. Not recorded.
  public static func stacked(_ tensors: [Tensor]) -> Tensor {
    guard let first = tensors.first else { return Tensor.zeros([0]) }
    return Tensor(shape: Shape([tensors.count] + first.shape.dims)) { target in
      guard let base = target.baseAddress else { return }
      for (index, tensor) in tensors.enumerated() {
        require(
          tensor.shape == first.shape, "\(tensor.shape) can't be stacked with \(first.shape)")
        (base + index * first.count).update(from: tensor.base, count: first.count)
      }
    }
  }

  /// Rows of `table [V, C]` picked by `ids`.
  ///
  /// - Parameters:
  ///   - shape: of `ids`, for instance `[N, T]`.
  /// - Returns: `shape + [C]`.
  public static func embedding(_ table: Parameter, ids: [Int32], shape: Shape) -> Tensor {
    let rowCount = table.value.shape[0]
    let width = table.value.shape.last
    require(
      ids.count == shape.count && ids.allSatisfy { $0 >= 0 && $0 < rowCount },
      "ids of shape \(shape) do not fit a table of \(table.value.shape)")
    let span = OperationProfile.begin("embedding")
    defer { span.end() }
    let source = table.value
    let output = Tensor(shape: Shape(shape.dims + [width])) { target in
      guard let base = target.baseAddress else { return }
      for (row, id) in ids.enumerated() {
        (base + row * width).update(from: source.base + Int(id) * width, count: width)
      }
    }
    let tableShape = source.shape
    return recorded("embedding", output, inputs: [table.tensor], saving: []) { upstream, _ in
      var gradient = Tensor.zeros(tableShape)
      gradient.withMutableFloats { target in
        upstream.withFloats { source in
          for (row, id) in ids.enumerated() {
            for column in 0..<width {
              target[Int(id) * width + column] += source[row * width + column]
            }
          }
        }
      }
      return [gradient]
    }
  }
}
