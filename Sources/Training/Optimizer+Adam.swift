import Kernels
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

extension Optimizer {
  /// Of the moving average, at this update.
  var averageDecay: Float {
    let n = Double(updateCount)
    return Float(min(configuration.emaDecay, (1 + n) / (10 + n)))
  }

  /// Updates parameter `index`, its moments and its average in one pass.
  func updateByAdam(
    _ index: Int, with gradient: Tensor, learningRate: Float, gradientScale: Float
  ) {
    withAdam(index, gradient, learningRate: learningRate, gradientScale: gradientScale) { update in
      Parallel.forEachRange(gradient.count, grain: 4096, update)
    }
  }

  /// The same, on the way through the gradient for its sum of squares, which is returned.
  func updateByAdamAndMeasure(
    _ index: Int, with gradient: Tensor, learningRate: Float, gradientScale: Float
  ) -> Double {
    withAdam(index, gradient, learningRate: learningRate, gradientScale: gradientScale) { update in
      Tensor.reduced(gradient.count) { range in
        let squares = kernels.sums(range, x: gradient.base).squares
        update(range)
        return squares
      }
    }
  }

  /// Calls `body` with a closure that updates a range of elements.
  private func withAdam<R>(
    _ index: Int, _ gradient: Tensor, learningRate: Float, gradientScale: Float,
    _ body: (_ update: (Range<Int>) -> Void) -> R
  ) -> R {
    let n = Double(updateCount)
    let step = AdamStep(
      learningRate: learningRate, beta1: Float(configuration.beta1),
      beta2: Float(configuration.beta2), epsilon: Float(configuration.epsilon),
      weightDecay: gradient.shape.rank >= 2 ? Float(configuration.weightDecay) : 0,
      firstCorrection: Float(1 - pow(configuration.beta1, n)),
      secondCorrection: Float(1 - pow(configuration.beta2, n)),
      gradientScale: gradientScale, averageDecay: averageDecay)
    return parameters[index].value.withMutableFloats { weight in
      firstMoments[index].withMutableFloats { first in
        secondMoments[index].withMutableFloats { second in
          averages[index].withMutableFloats { average in
            body { range in
              guard let weight = weight.baseAddress, let first = first.baseAddress,
                let second = second.baseAddress, let average = average.baseAddress
              else { return }
              kernels.adam(
                range, step: step, weight: weight, gradient: gradient.base, firstMoment: first,
                secondMoment: second, average: average)
            }
          }
        }
      }
    }
  }
}
