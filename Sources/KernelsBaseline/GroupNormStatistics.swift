import KernelInterface

extension VectorKernels {
  /// Pixels of one chunk of the partial sums.
  public var pixelsPerChunk: Int { 64 }

  /// Chunks that the pixels of one sample are divided into.
  @inline(__always)
  func chunksPerSample(_ pixelCount: Int) -> Int {
    (pixelCount &+ pixelsPerChunk &- 1) / pixelsPerChunk
  }

  /// Sums per channel, and sums of squares about `pivot`, of the chunks `chunks`.
  public func groupNormPartialSums(
    chunks: Range<Int>, x: UnsafePointer<Float>, pivot: UnsafePointer<Float>,
    pixelCount: Int, channelCount: Int, partial: UnsafeMutablePointer<Float>
  ) {
    let chunksPerSample = chunksPerSample(pixelCount)
    for chunk in chunks {
      let sample = chunk / chunksPerSample
      let firstPixel = (chunk % chunksPerSample) &* pixelsPerChunk
      let pixels = min(pixelsPerChunk, pixelCount &- firstPixel)
      let source = x + (sample &* pixelCount &+ firstPixel) &* channelCount
      let centre = pivot + sample &* channelCount
      let sums = partial + 2 &* chunk &* channelCount
      let squares = sums + channelCount
      sums.update(repeating: 0, count: 2 &* channelCount)
      // Pixel by pixel: one stream through a map larger than the caches is twice as fast as four.
      for pixel in 0..<pixels {
        let values = source + pixel &* channelCount
        forEachVector(in: 0..<channelCount) {
          let difference = load(values, $0) - load(centre, $0)
          store(load(sums, $0) + difference, sums, $0)
          store(multiplyAdd(difference, difference, load(squares, $0)), squares, $0)
        }
      }
    }
  }

  /// Mean and inverse deviation of every group of the samples `samples`, from partial sums.
  public func groupNormStatistics(
    samples: Range<Int>, partial: UnsafePointer<Float>, pivot: UnsafePointer<Float>,
    pixelCount: Int, channelCount: Int, groupCount: Int, epsilon: Float,
    mean: UnsafeMutablePointer<Float>, inverseDeviation: UnsafeMutablePointer<Float>
  ) {
    let chunksPerSample = chunksPerSample(pixelCount)
    let channelsPerGroup = channelCount / groupCount
    let pixels = Double(pixelCount)
    for sample in samples {
      let chunks = partial + 2 &* sample &* chunksPerSample &* channelCount
      let centre = pivot + sample &* channelCount
      var group = GroupMoments(reference: 0)
      var filled = 0
      var groupIndex = sample &* groupCount
      forEachEight(in: 0..<channelCount) { offset, count in
        let (sums, squares) = chunkTotals(
          chunks + offset, chunkCount: chunksPerSample, channelCount: channelCount, width: count)
        for lane in 0..<count {
          let shift = sums[lane] / pixels
          let channelMean = Double(centre[offset &+ lane]) + shift
          if filled == 0 { group = GroupMoments(reference: channelMean) }
          group.add(mean: channelMean, variance: squares[lane] / pixels - shift * shift)
          filled &+= 1
          if filled == channelsPerGroup {
            let (groupMean, variance) = group.result(channelCount: channelsPerGroup)
            mean[groupIndex] = Float(groupMean)
            inverseDeviation[groupIndex] = Float(1 / (variance + Double(epsilon)).squareRoot())
            groupIndex &+= 1
            filled = 0
          }
        }
      }
    }
  }

  /// Adds the two halves of all chunks for `width <= 8` channels, in order of the chunks.
  @inline(__always)
  func chunkTotals(
    _ chunks: UnsafePointer<Float>, chunkCount: Int, channelCount: Int, width: Int
  ) -> (DoubleLanes, DoubleLanes) {
    var first = DoubleLanes.zero
    var second = DoubleLanes.zero
    var source = chunks
    for _ in 0..<chunkCount {
      first += loadDoubles(source, upTo: width)
      second += loadDoubles(source + channelCount, upTo: width)
      source += 2 &* channelCount
    }
    return (first, second)
  }
}

/// Mean and variance of a group put together from those of its channels.
private struct GroupMoments {
  /// The channel means are added as differences from this one, which loses nothing when all of
  /// them are large and close together.
  let reference: Double
  var differences = 0.0
  var squaredDifferences = 0.0
  var variances = 0.0

  init(reference: Double) { self.reference = reference }

  mutating func add(mean: Double, variance: Double) {
    let difference = mean - reference
    differences += difference
    squaredDifferences += difference * difference
    variances += variance
  }

  func result(channelCount: Int) -> (mean: Double, variance: Double) {
    let count = Double(channelCount)
    let shift = differences / count
    let variance = (variances + squaredDifferences) / count - shift * shift
    // Rounding may leave a constant group just below zero; NaN has to stay.
    return (reference + shift, variance < 0 ? 0 : variance)
  }
}
