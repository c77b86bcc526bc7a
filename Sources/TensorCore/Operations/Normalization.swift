import Kernels
import Platform

extension Tensor {
  /// Group normalisation over `C / groupCount` channels and all pixels of each sample, optionally
  /// followed by SiLU in the same pass.
  ///
  /// - Parameters:
  ///   - weight, bias: `[C]`.
  ///   - epsilon: added to the variance; the UNet uses 1e-5, the autoencoder 1e-6.
  ///   - activation: `.none` or `.silu`.
  /// - Returns: the shape of `self`, `[N, ..., C]`.
  public func groupNorm(
    weight: Parameter, bias: Parameter, groupCount: Int, epsilon: Float,
    activation: Activation = .none
  ) -> Tensor {
    let channelCount = shape.last
    let sampleCount = shape[0]
    require(
      shape.rank >= 2 && groupCount > 0 && channelCount % groupCount == 0
        && weight.value.count == channelCount && bias.value.count == channelCount,
      "group norm: \(groupCount) groups and weight \(weight.value.shape) do not fit \(shape)")
    require(
      activation == .none || activation == .silu, "group norm fuses SiLU only, not \(activation)")
    let span = OperationProfile.begin("groupNorm")
    defer { span.end() }
    OperationProfile.describe(shape: "\(shape)", byteCount: 2 * byteCount)
    let pixelCount = count / max(1, sampleCount * channelCount)
    let chunksPerSample = (pixelCount + kernels.pixelsPerChunk - 1) / kernels.pixelsPerChunk
    let mean = Tensor(uninitialized: [sampleCount, groupCount])
    let inverseDeviation = Tensor(uninitialized: [sampleCount, groupCount])
    let output = Tensor(uninitialized: shape)
    guard count > 0 else { return output }

    // The first pixel of each sample is near enough to the mean to keep the sums accurate.
    let pivot = Tensor(shape: [sampleCount, channelCount]) { pivot in
      for sample in 0..<sampleCount {
        for channel in 0..<channelCount {
          pivot[sample * channelCount + channel] =
            base[sample * pixelCount * channelCount + channel]
        }
      }
    }
    withScratch(sampleCount * chunksPerSample * 2 * channelCount) { partial in
      Parallel.forEachRange(sampleCount * chunksPerSample) { chunks in
        kernels.groupNormPartialSums(
          chunks: chunks, x: base, pivot: pivot.base, pixelCount: pixelCount,
          channelCount: channelCount, partial: partial)
      }
      kernels.groupNormStatistics(
        samples: 0..<sampleCount, partial: partial, pivot: pivot.base, pixelCount: pixelCount,
        channelCount: channelCount, groupCount: groupCount, epsilon: epsilon,
        mean: mean.mutableBase, inverseDeviation: inverseDeviation.mutableBase)
    }
    Parallel.forEachRange(sampleCount * pixelCount, grain: 16) { rows in
      kernels.groupNormApply(
        rows: rows, x: base, mean: mean.base, inverseDeviation: inverseDeviation.base,
        weight: weight.value.base, bias: bias.value.base, pixelCount: pixelCount,
        channelCount: channelCount, groupCount: groupCount, activation: activation,
        y: output.mutableBase)
    }
    return Tensor.recorded(
      "groupNorm", output, inputs: [self, weight.tensor, bias.tensor],
      saving: [self, weight.value, bias.value, mean, inverseDeviation]
    ) { dy, saved in
      let (x, weight, bias, mean, inverseDeviation) = (
        saved[0], saved[1], saved[2], saved[3], saved[4]
      )
      let groupSums = Tensor(uninitialized: [sampleCount, groupCount, 2])
      let weightGradient = Tensor(uninitialized: [channelCount])
      let biasGradient = Tensor(uninitialized: [channelCount])
      withScratch(sampleCount * chunksPerSample * 2 * channelCount) { partial in
        Parallel.forEachRange(sampleCount * chunksPerSample) { chunks in
          kernels.groupNormGradientPartialSums(
            chunks: chunks, x: x.base, dy: dy.base, mean: mean.base,
            inverseDeviation: inverseDeviation.base, weight: weight.base, bias: bias.base,
            pixelCount: pixelCount, channelCount: channelCount, groupCount: groupCount,
            activation: activation, partial: partial)
        }
        kernels.groupNormGradientSums(
          partial: partial, weight: weight.base, sampleCount: sampleCount, pixelCount: pixelCount,
          channelCount: channelCount, groupCount: groupCount, groupSums: groupSums.mutableBase,
          weightGradient: weightGradient.mutableBase, biasGradient: biasGradient.mutableBase)
      }
      let dx = Tensor(uninitialized: x.shape)
      Parallel.forEachRange(sampleCount * pixelCount, grain: 16) { rows in
        kernels.groupNormGradientApply(
          rows: rows, x: x.base, dy: dy.base, mean: mean.base,
          inverseDeviation: inverseDeviation.base, weight: weight.base, bias: bias.base,
          groupSums: groupSums.base, pixelCount: pixelCount, channelCount: channelCount,
          groupCount: groupCount, activation: activation, dx: dx.mutableBase)
      }
      return [dx, weightGradient, biasGradient]
    }
  }

  /// Normalisation of each row of `[..., C]` over its channels.
  ///
  /// - Parameters:
  ///   - weight, bias: `[C]`.
  ///   - epsilon: added to the variance.
  public func layerNorm(weight: Parameter, bias: Parameter, epsilon: Float) -> Tensor {
    let channelCount = shape.last
    let rowCount = shape.rows
    require(
      weight.value.count == channelCount && bias.value.count == channelCount,
      "layer norm: weight \(weight.value.shape) does not fit \(shape)")
    let span = OperationProfile.begin("layerNorm")
    defer { span.end() }
    OperationProfile.describe(shape: "\(shape)", byteCount: 2 * byteCount)
    let output = Tensor(uninitialized: shape)
    let mean = Tensor(uninitialized: [rowCount])
    let inverseDeviation = Tensor(uninitialized: [rowCount])
    Parallel.forEachRange(rowCount, grain: 16) { rows in
      kernels.layerNorm(
        rows: rows, x: base, weight: weight.value.base, bias: bias.value.base,
        channelCount: channelCount, epsilon: epsilon, y: output.mutableBase,
        mean: mean.mutableBase, inverseDeviation: inverseDeviation.mutableBase)
    }
    return Tensor.recorded(
      "layerNorm", output, inputs: [self, weight.tensor, bias.tensor],
      saving: [self, weight.value, mean, inverseDeviation]
    ) { dy, saved in
      let (x, weight, mean, inverseDeviation) = (saved[0], saved[1], saved[2], saved[3])
      let dx = Tensor(uninitialized: x.shape)
      let chunkCount =
        (rowCount + kernels.layerNormRowsPerChunk - 1) / kernels.layerNormRowsPerChunk
      let weightGradient = Tensor.zeros([channelCount])
      let biasGradient = Tensor.zeros([channelCount])
      withScratch(chunkCount * 2 * channelCount) { partial in
        Parallel.forEachRange(chunkCount) { chunks in
          kernels.layerNormGradient(
            chunks: chunks, rowCount: rowCount, x: x.base, dy: dy.base, mean: mean.base,
            inverseDeviation: inverseDeviation.base, weight: weight.base,
            channelCount: channelCount, dx: dx.mutableBase, partial: partial)
        }
        for chunk in 0..<chunkCount {
          let sums = partial + chunk * 2 * channelCount
          for channel in 0..<channelCount {
            weightGradient.mutableBase[channel] += sums[channel]
            biasGradient.mutableBase[channel] += sums[channelCount + channel]
          }
        }
      }
      return [dx, weightGradient, biasGradient]
    }
  }
}
