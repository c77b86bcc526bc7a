import Foundation
import Kernels
import TensorCore

/// What the processor's arithmetic reaches on all threads while nothing comes from farther away than
/// the first-level cache: the yardstick of everything else.
public struct PeakRate: Codable, Sendable {
  /// What the products were computed in.
  public var arithmetic: WeightPrecision
  public var gigaflopPerSecond: Double

  /// Measures it, in some tenths of a second.
  ///
  /// - Parameter precision: of the weights; narrow ones count as `fp32` where the kernels widen them.
  static func measured(_ precision: WeightPrecision = .fp32) -> PeakRate {
    let pieceCount = 4 * Parallel.threadCount
    var operationCount = 0
    let times = Spread.milliseconds(warmUp: 2, repeats: 10) {
      let counts = Tensor(shape: [pieceCount]) { counts in
        guard let counts = counts.baseAddress else { return }
        Parallel.forEachRange(pieceCount) { pieces in
          withScratch(kernels.cachedTileScratchCount) { scratch in
            for piece in pieces {
              counts[piece] = Float(
                kernels.computeCachedTile(turns: 4096, precision: precision, scratch: scratch))
            }
          }
        }
      }
      operationCount = counts.withFloats { $0.reduce(0) { $0 + Int($1) } }
    }
    return PeakRate(
      arithmetic: kernels.prefersNarrowedProducts(precision) ? precision : .fp32,
      gigaflopPerSecond: 1e-6 * Double(operationCount) / times.minimum)
  }

  /// The larger one of this and what is measured now, as others may have slowed down the first.
  func measuredAgain() -> PeakRate {
    let again = Self.measured(arithmetic)
    return again.gigaflopPerSecond > gigaflopPerSecond ? again : self
  }

  /// A line that tells it.
  var text: String {
    "peak of \(arithmetic.rawValue) arithmetic in the first-level cache "
      + String(format: "%.0f GFLOP/s", gigaflopPerSecond)
  }
}
