import Layers
import TensorCore

extension StripMap {
  /// The statistics of this map for `norm`; keeps what it can on the way.
  ///
  /// - Parameter discards: nothing else reads this map's sources.
  func statistics(for norm: GroupNorm, discards: Bool) -> GroupNormStatistics {
    norm.statistics { forEachStrip(keeps: true, discards: discards, $0) }
  }

  /// The convolution of this map, of the same height when its stride is 1.
  func convolved(
    by convolution: Convolution, budget: StripBudget, isCheap: Bool = false
  ) -> StripMap {
    let stride = convolution.stride
    return StripMap(
      height: height / stride, width: width / stride, channelCount: convolution.weight.shape[0],
      budget: budget, sources: [Source(map: self) { stride * $0 - 1 }], isCheap: isCheap
    ) { [self] rows in
      convolution.rows(rows, height: height, of: self.rows)
    }
  }

  /// The convolution of this map after its normalisation and SiLU.
  ///
  /// - Parameter discards: nothing else reads this map's sources.
  func normalized(
    _ norm: GroupNorm, thenConvolvedBy convolution: Convolution, budget: StripBudget,
    discards: Bool, adding residual: StripMap.Source? = nil,
    through shortcut: Linear? = nil
  ) -> StripMap {
    let statistics = statistics(for: norm, discards: discards)
    return StripMap(
      height: height, width: width, channelCount: convolution.weight.shape[0], budget: budget,
      sources: [Source(map: self) { $0 - 1 }] + [residual].compactMap(\.self),
      inputChannelCount: channelCount
    ) { [self] rows in
      convolution.rows(rows, height: height) {
        norm(pieces($0), statistics, activation: .silu)
      } residual: {
        guard let residual else { return nil }
        let addend = residual.map.rows(rows)
        return shortcut.map { $0(addend) } ?? addend
      }
    }
  }
}

extension ResidualBlock {
  /// The block's result on `x`, kept; `x` and what it is computed from are given back. Blocks
  /// without a timestep only.
  func inStrips(_ x: StripMap, budget: StripBudget) -> StripMap {
    // Only the block reads x, and only x what it is made of.
    let inner = x.normalized(
      firstNorm, thenConvolvedBy: firstConvolution, budget: budget, discards: true)
    let result = inner.normalized(
      secondNorm, thenConvolvedBy: secondConvolution, budget: budget, discards: false,
      adding: StripMap.Source(map: x) { $0 - 2 }, through: shortcut)
    result.keepAll()
    MemoryPool.trim()
    return result
  }
}

extension Upsampling {
  /// Rows are computed when they are asked for.
  func inStrips(_ x: StripMap, budget: StripBudget) -> StripMap {
    StripMap(
      height: 2 * x.height, width: 2 * x.width, channelCount: convolution.weight.shape[0],
      budget: budget, sources: [StripMap.Source(map: x) { ($0 - 1) / 2 }]
    ) { rows in
      convolution.rows(rows, height: 2 * x.height) { needed in
        let coarse = needed.lowerBound / 2..<(needed.upperBound + 1) / 2
        return x.rows(coarse).upsampledNearest().mapRows(
          needed.lowerBound - 2 * coarse.lowerBound..<needed.upperBound - 2 * coarse.lowerBound)
      }
    }
  }
}

extension PictureDecoder {
  /// As `callAsFunction` for one sample, `[1, h, w, L]` to `[1, H, W, 3]`, equal up to rounding.
  func inStrips(_ latent: Tensor, within memory: MapMemory) -> Tensor {
    let budget = StripBudget(memory)
    MemoryPool.trim()
    var map = StripMap(middle(input(latent)), budget: budget)
    for level in levels {
      for block in level.blocks { map = block.inStrips(map, budget: budget) }
      if let upsampling = level.upsampling { map = upsampling.inStrips(map, budget: budget) }
    }
    let picture = map.normalized(
      outputNorm, thenConvolvedBy: output, budget: budget, discards: true
    ).whole()
    MemoryPool.trim()
    return picture
  }
}

extension PictureEncoder {
  /// As `callAsFunction` for one sample, `[1, H, W, 3]` to `[1, h, w, 2L]`, equal up to rounding.
  func inStrips(_ picture: Tensor, within memory: MapMemory) -> Tensor {
    let budget = StripBudget(memory)
    MemoryPool.trim()
    var map = StripMap(picture, budget: budget)
      .convolved(by: input, budget: budget, isCheap: true)
    for level in levels {
      for block in level.blocks { map = block.inStrips(map, budget: budget) }
      if let downsampling = level.downsampling {
        map = map.convolved(by: downsampling.convolution, budget: budget)
      }
    }
    let coarsest = map.whole()
    MemoryPool.trim()
    return output(outputNorm(middle(coarsest), activation: .silu))
  }
}
