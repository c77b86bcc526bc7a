import Kernels

/// The definition of group and layer normalisation, in Double, straight from the formulas.
package struct NormalizationReference {
  /// Samples, and pixels of each; layer norm has one pixel per sample and one group.
  package var sampleCount: Int
  package var pixelCount: Int
  package var channelCount: Int
  package var groupCount: Int
  package var epsilon: Double

  package init(
    sampleCount: Int, pixelCount: Int, channelCount: Int, groupCount: Int, epsilon: Double
  ) {
    self.sampleCount = sampleCount
    self.pixelCount = pixelCount
    self.channelCount = channelCount
    self.groupCount = groupCount
    self.epsilon = epsilon
  }

  /// Mean and inverse deviation `[N, G]` of `x [N, P, C]`.
  package func statistics(_ x: [Double]) -> (mean: [Double], inverseDeviation: [Double]) {
    var means: [Double] = []
    var deviations: [Double] = []
    for sample in 0..<sampleCount {
      for group in 0..<groupCount {
        let values = indices(sample, group).map { x[$0] }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance =
          values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        means.append(mean)
        deviations.append(1 / (variance + epsilon).squareRoot())
      }
    }
    return (means, deviations)
  }

  /// `activation(x̂ * weight + bias)`.
  package func forward(
    _ x: [Double], weight: [Double], bias: [Double], activation: Activation = .none
  ) -> [Double] {
    let normal = normalized(x)
    return normal.indices.map {
      let channel = $0 % channelCount
      return PointwiseReference.activate(normal[$0] * weight[channel] + bias[channel], activation)
    }
  }

  /// Gradients of `forward` with respect to `x`, weight and bias.
  package func gradients(
    _ x: [Double], _ dy: [Double], weight: [Double], bias: [Double],
    activation: Activation = .none
  ) -> (x: [Double], weight: [Double], bias: [Double]) {
    let normal = normalized(x)
    let deviations = statistics(x).inverseDeviation
    let dz = normal.indices.map {
      let channel = $0 % channelCount
      let z = normal[$0] * weight[channel] + bias[channel]
      return dy[$0] * PointwiseReference.slope(z, activation)
    }
    var dWeight = [Double](repeating: 0, count: channelCount)
    var dBias = dWeight
    for index in dz.indices {
      dWeight[index % channelCount] += dz[index] * normal[index]
      dBias[index % channelCount] += dz[index]
    }
    var dx = [Double](repeating: 0, count: x.count)
    for sample in 0..<sampleCount {
      for group in 0..<groupCount {
        let indices = indices(sample, group)
        let g = indices.map { dz[$0] * weight[$0 % channelCount] }
        let mean = g.reduce(0, +) / Double(g.count)
        let productMean =
          zip(g, indices).reduce(0) { $0 + $1.0 * normal[$1.1] } / Double(g.count)
        for (value, index) in zip(g, indices) {
          dx[index] =
            deviations[sample * groupCount + group]
            * (value - mean - normal[index] * productMean)
        }
      }
    }
    return (dx, dWeight, dBias)
  }

  private func normalized(_ x: [Double]) -> [Double] {
    let (means, deviations) = statistics(x)
    return x.indices.map {
      let sample = $0 / (pixelCount * channelCount)
      let group = $0 % channelCount / (channelCount / groupCount)
      let statistic = sample * groupCount + group
      return (x[$0] - means[statistic]) * deviations[statistic]
    }
  }

  private func indices(_ sample: Int, _ group: Int) -> [Int] {
    let width = channelCount / groupCount
    return (0..<pixelCount).flatMap { pixel in
      (0..<width).map { (sample * pixelCount + pixel) * channelCount + group * width + $0 }
    }
  }
}
