import KernelInterface

extension VectorKernels {
  /// `Σ dz` and `Σ dz * x̂` per channel of the chunks `chunks`.
  public func groupNormGradientPartialSums(
    chunks: Range<Int>, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, pixelCount: Int,
    channelCount: Int, groupCount: Int, activation: Activation,
    partial: UnsafeMutablePointer<Float>
  ) {
    let chunksPerSample = chunksPerSample(pixelCount)
    withFloats(2 &* channelCount) { means in
      let deviations = means + channelCount
      var spreadSample = -1
      for chunk in chunks {
        let sample = chunk / chunksPerSample
        if sample != spreadSample {
          spreadSample = sample
          let groups = sample &* groupCount
          spread(mean + groups, to: means, channelCount: channelCount, groupCount: groupCount)
          spread(
            inverseDeviation + groups, to: deviations, channelCount: channelCount,
            groupCount: groupCount)
        }
        let firstPixel = (chunk % chunksPerSample) &* pixelsPerChunk
        let pixels = min(pixelsPerChunk, pixelCount &- firstPixel)
        let firstRow = sample &* pixelCount &+ firstPixel
        let sums = partial + 2 &* chunk &* channelCount
        sums.update(repeating: 0, count: 2 &* channelCount)
        let rows = firstRow..<firstRow &+ pixels
        switch activation {
        case .silu:
          addGradientSums(
            SiLUFunction.self, rows, x, dy, means, deviations, weight, bias, channelCount, sums)
        default:
          addGradientSums(
            IdentityFunction.self, rows, x, dy, means, deviations, weight, bias, channelCount,
            sums)
        }
      }
    }
  }

  @inline(__always)
  private func addGradientSums<Function: ActivationFunction>(
    _: Function.Type, _ rows: Range<Int>, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ means: UnsafePointer<Float>, _ deviations: UnsafePointer<Float>,
    _ weight: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ channelCount: Int,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    let products = sums + channelCount
    for row in rows {
      let source = x + row &* channelCount
      let upstream = dy + row &* channelCount
      forEachVector(in: 0..<channelCount) {
        let normal = (load(source, $0) - load(means, $0)) * load(deviations, $0)
        let z = multiplyAdd(normal, load(weight, $0), load(bias, $0))
        let dz = load(upstream, $0) * Function.slope(z)
        store(load(sums, $0) + dz, sums, $0)
        store(multiplyAdd(dz, normal, load(products, $0)), products, $0)
      }
    }
  }

  /// Group means and parameter gradients from the partial sums of the backward.
  public func groupNormGradientSums(
    partial: UnsafePointer<Float>, weight: UnsafePointer<Float>, sampleCount: Int,
    pixelCount: Int, channelCount: Int, groupCount: Int,
    groupSums: UnsafeMutablePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>
  ) {
    let chunksPerSample = chunksPerSample(pixelCount)
    let channelsPerGroup = channelCount / groupCount
    let groupSize = Double(pixelCount) * Double(channelsPerGroup)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 &* channelCount) { totals in
      guard let biasTotals = totals.baseAddress else { return }
      let weightTotals = biasTotals + channelCount
      biasTotals.initialize(repeating: 0, count: 2 &* channelCount)
      for sample in 0..<sampleCount {
        let chunks = partial + 2 &* sample &* chunksPerSample &* channelCount
        var target = groupSums + 2 &* sample &* groupCount
        var filled = 0
        var gradientSum = 0.0
        var productSum = 0.0
        forEachEight(in: 0..<channelCount) { offset, count in
          let (sums, products) = chunkTotals(
            chunks + offset, chunkCount: chunksPerSample, channelCount: channelCount,
            width: count)
          for lane in 0..<count {
            let channel = offset &+ lane
            biasTotals[channel] += sums[lane]
            weightTotals[channel] += products[lane]
            gradientSum += sums[lane] * Double(weight[channel])
            productSum += products[lane] * Double(weight[channel])
            filled &+= 1
            if filled == channelsPerGroup {
              target[0] = Float(gradientSum / groupSize)
              target[1] = Float(productSum / groupSize)
              target += 2
              (filled, gradientSum, productSum) = (0, 0, 0)
            }
          }
        }
      }
      for channel in 0..<channelCount {
        biasGradient[channel] = Float(biasTotals[channel])
        weightGradient[channel] = Float(weightTotals[channel])
      }
    }
  }

  /// `dx = inverseDeviation * (dz * weight - groupSums[0] - x̂ * groupSums[1])` for pixel rows.
  public func groupNormGradientApply(
    rows: Range<Int>, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    groupSums: UnsafePointer<Float>, pixelCount: Int, channelCount: Int, groupCount: Int,
    activation: Activation, dx: UnsafeMutablePointer<Float>
  ) {
    let channelsPerGroup = channelCount / groupCount
    forEachSample(of: rows, pixelCount: pixelCount) { sample, rows in
      let groups = sample &* groupCount
      withFloats(4 &* channelCount) { start in
        let channels = ChannelValues(start, channelCount: channelCount)
        spread(
          mean + groups, to: channels.means, channelCount: channelCount, groupCount: groupCount)
        spread(
          inverseDeviation + groups, to: channels.deviations, channelCount: channelCount,
          groupCount: groupCount)
        for group in 0..<groupCount {
          let sums = groupSums + 2 &* (groups &+ group)
          let first = group &* channelsPerGroup
          (channels.gradientMeans + first).update(repeating: sums[0], count: channelsPerGroup)
          (channels.productMeans + first).update(repeating: sums[1], count: channelsPerGroup)
        }
        switch activation {
        case .silu:
          writeGradient(SiLUFunction.self, rows, x, dy, channels, weight, bias, channelCount, dx)
        default:
          writeGradient(
            IdentityFunction.self, rows, x, dy, channels, weight, bias, channelCount, dx)
        }
      }
    }
  }

  @inline(__always)
  private func writeGradient<Function: ActivationFunction>(
    _: Function.Type, _ rows: Range<Int>, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ channels: ChannelValues, _ weight: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ channelCount: Int, _ dx: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let source = x + row &* channelCount
      let upstream = dy + row &* channelCount
      let target = dx + row &* channelCount
      forEachVector(in: 0..<channelCount) {
        let deviation = load(channels.deviations, $0)
        let factor = load(weight, $0)
        let normal = (load(source, $0) - load(channels.means, $0)) * deviation
        let z = multiplyAdd(normal, factor, load(bias, $0))
        let dz = load(upstream, $0) * Function.slope(z)
        let centred = multiplyAdd(dz, factor, -load(channels.gradientMeans, $0))
        let rest = multiplySubtract(normal, load(channels.productMeans, $0), from: centred)
        store(rest * deviation, target, $0)
      }
    }
  }
}

/// What the backward needs of one sample's groups, repeated for their channels.
private struct ChannelValues {
  let means: UnsafeMutablePointer<Float>
  let deviations: UnsafeMutablePointer<Float>
  let gradientMeans: UnsafeMutablePointer<Float>
  let productMeans: UnsafeMutablePointer<Float>

  init(_ start: UnsafeMutablePointer<Float>, channelCount: Int) {
    means = start
    deviations = start + channelCount
    gradientMeans = start + 2 &* channelCount
    productMeans = start + 3 &* channelCount
  }
}
