import KernelInterface

extension VectorKernels {
  /// Layer norm of rows `rows` of `[M, C]`.
  public func layerNorm(
    rows: Range<Int>, x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, channelCount: Int, epsilon: Float,
    y: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>?,
    inverseDeviation: UnsafeMutablePointer<Float>?
  ) {
    let count = Float(channelCount)
    for row in rows {
      let source = x + row &* channelCount
      let target = y + row &* channelCount
      var sums = Vector.zero
      forEachVector(in: 0..<channelCount) { sums += load(source, $0) }
      let rough = laneSum(sums) / count
      // Around the rough mean once more: what its rounding left over goes into both results.
      let roughs = Vector(repeating: rough)
      var differences = Vector.zero
      var squares = Vector.zero
      forEachVector(in: 0..<channelCount) {
        let difference = load(source, $0, padding: rough) - roughs
        differences += difference
        squares = multiplyAdd(difference, difference, squares)
      }
      let shift = laneSum(differences) / count
      let variance = laneSum(squares) / count - shift * shift
      let rowMean = rough + shift
      let deviation = 1 / ((variance < 0 ? 0 : variance) + epsilon).squareRoot()
      let means = Vector(repeating: rowMean)
      let deviations = Vector(repeating: deviation)
      forEachVector(in: 0..<channelCount) {
        let normal = (load(source, $0) - means) * deviations
        store(multiplyAdd(normal, load(weight, $0), load(bias, $0)), target, $0)
      }
      mean?[row] = rowMean
      inverseDeviation?[row] = deviation
    }
  }

  /// Rows of one chunk of the partial sums of `layerNormGradient`.
  public var layerNormRowsPerChunk: Int { 32 }

  /// Input gradient of the rows in `chunks`, and their sums for the weight and bias gradients.
  public func layerNormGradient(
    chunks: Range<Int>, rowCount: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, inverseDeviation: UnsafePointer<Float>,
    weight: UnsafePointer<Float>, channelCount: Int, dx: UnsafeMutablePointer<Float>,
    partial: UnsafeMutablePointer<Float>
  ) {
    let count = Float(channelCount)
    for chunk in chunks {
      let weightSums = partial + 2 &* chunk &* channelCount
      let biasSums = weightSums + channelCount
      weightSums.update(repeating: 0, count: 2 &* channelCount)
      let first = chunk &* layerNormRowsPerChunk
      for row in first..<min(first &+ layerNormRowsPerChunk, rowCount) {
        let source = x + row &* channelCount
        let upstream = dy + row &* channelCount
        let target = dx + row &* channelCount
        let means = Vector(repeating: mean[row])
        let deviations = Vector(repeating: inverseDeviation[row])
        var gradients = Vector.zero
        var products = Vector.zero
        forEachVector(in: 0..<channelCount) {
          let dy = load(upstream, $0)
          let normal = (load(source, $0) - means) * deviations
          let scaled = dy * load(weight, $0)
          gradients += scaled
          products = multiplyAdd(scaled, normal, products)
          store(multiplyAdd(dy, normal, load(weightSums, $0)), weightSums, $0)
          store(load(biasSums, $0) + dy, biasSums, $0)
        }
        let gradientMean = Vector(repeating: laneSum(gradients) / count)
        let productMean = Vector(repeating: laneSum(products) / count)
        forEachVector(in: 0..<channelCount) {
          let normal = (load(source, $0) - means) * deviations
          let scaled = load(upstream, $0) * load(weight, $0)
          let rest = multiplySubtract(normal, productMean, from: scaled - gradientMean)
          store(rest * deviations, target, $0)
        }
      }
    }
  }
}
