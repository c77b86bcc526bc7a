import Foundation
import Imaging
import Platform

/// How near a picture is to the one it should be.
public enum PictureQuality {
  /// Mean of squared differences over all samples, 0 to 255².
  public static func meanSquaredError(_ first: Image, _ second: Image) -> Double {
    checkSizes(first, second)
    var sum = 0
    for index in first.pixels.indices {
      let difference = Int(first.pixels[index]) - Int(second.pixels[index])
      sum += difference * difference
    }
    return Double(sum) / Double(first.pixels.count)
  }

  /// Peak signal-to-noise ratio in decibels, `10 log10(255² / MSE)` over all RGB samples; absent for
  /// identical pictures, whose ratio is infinite.
  ///
  /// - Source: scikit-image 0.26 `peak_signal_noise_ratio`; golden `picture-quality.json`.
  public static func peakSignalToNoise(_ first: Image, _ second: Image) -> Score {
    let error = meanSquaredError(first, second)
    return Score(error == 0 ? nil : 10 * log10(255.0 * 255.0 / error))
  }

  /// Structural similarity (Wang et al. 2004): 11x11 Gaussian window of σ 1.5, K1 0.01, K2 0.03,
  /// population covariance, each of R, G and B on its own, averaged over the pixels whose window
  /// lies inside the picture. Absent when a side is shorter than 11 pixels.
  ///
  /// - Source: scikit-image 0.26 `structural_similarity(gaussian_weights=True, sigma=1.5,
  ///   use_sample_covariance=False, data_range=255, channel_axis=2)`; golden `picture-quality.json`.
  public static func structuralSimilarity(_ first: Image, _ second: Image) -> Score {
    checkSizes(first, second)
    guard first.width >= window.count, first.height >= window.count else { return .absent }
    return .mean(of: (0..<3).map { similarity(first, second, channel: $0) })
  }

  /// Gaussian weights of the window, summing to 1.
  private static let window: [Double] = {
    let weights = (-5...5).map { exp(-0.5 / (1.5 * 1.5) * Double($0 * $0)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }()

  private static func checkSizes(_ first: Image, _ second: Image) {
    require(
      first.width == second.width && first.height == second.height,
      "a \(first.width)x\(first.height) picture compared with \(second.width)x\(second.height)")
  }

  private static func similarity(_ first: Image, _ second: Image, channel: Int) -> Double {
    let a = samples(of: first, channel: channel)
    let b = samples(of: second, channel: channel)
    func smooth(_ values: [Double]) -> [Double] {
      blurredInside(values, width: first.width, height: first.height)
    }
    let meanA = smooth(a)
    let meanB = smooth(b)
    let squareA = smooth(a.map { $0 * $0 })
    let squareB = smooth(b.map { $0 * $0 })
    let product = smooth(zip(a, b).map { $0 * $1 })
    let c1 = (0.01 * 255) * (0.01 * 255)
    let c2 = (0.03 * 255) * (0.03 * 255)
    var sum = 0.0
    for index in meanA.indices {
      let covariance = product[index] - meanA[index] * meanB[index]
      let varianceA = squareA[index] - meanA[index] * meanA[index]
      let varianceB = squareB[index] - meanB[index] * meanB[index]
      let luminance = 2 * meanA[index] * meanB[index] + c1
      let luminanceScale = meanA[index] * meanA[index] + meanB[index] * meanB[index] + c1
      sum += luminance * (2 * covariance + c2) / (luminanceScale * (varianceA + varianceB + c2))
    }
    return sum / Double(meanA.count)
  }

  private static func samples(of image: Image, channel: Int) -> [Double] {
    (0..<(image.width * image.height)).map { Double(image.pixels[3 * $0 + channel]) }
  }

  /// The weighted means of all windows that lie inside a `[height, width]` map:
  /// `[height - 10, width - 10]`.
  private static func blurredInside(_ values: [Double], width: Int, height: Int) -> [Double] {
    let innerWidth = width - window.count + 1
    let innerHeight = height - window.count + 1
    var columnsDone = [Double](repeating: 0, count: innerHeight * width)
    for y in 0..<innerHeight {
      for (tap, weight) in window.enumerated() {
        for x in 0..<width { columnsDone[y * width + x] += weight * values[(y + tap) * width + x] }
      }
    }
    var result = [Double](repeating: 0, count: innerHeight * innerWidth)
    for y in 0..<innerHeight {
      for (tap, weight) in window.enumerated() {
        for x in 0..<innerWidth {
          result[y * innerWidth + x] += weight * columnsDone[y * width + x + tap]
        }
      }
    }
    return result
  }
}

/// Picture quality over a set: each picture's values, then their means.
public struct PictureQualityTally: Sendable {
  private var entries: [(squaredError: Double, peak: Score, similarity: Score)] = []

  /// Nothing counted yet.
  public init() {}

  /// Adds one picture and returns its own values.
  @discardableResult
  public mutating func add(
    answer: Image, target: Image
  ) -> (peakSignalToNoise: Score, structuralSimilarity: Score) {
    let peak = PictureQuality.peakSignalToNoise(answer, target)
    let similarity = PictureQuality.structuralSimilarity(answer, target)
    entries.append((PictureQuality.meanSquaredError(answer, target), peak, similarity))
    return (peak, similarity)
  }

  /// Adds everything `other` has, after what is here.
  public mutating func merge(_ other: PictureQualityTally) { entries += other.entries }

  /// The scores of everything added so far.
  public func scores() -> PictureQualityScores {
    let peak = Score.mean(of: entries.map(\.peak))
    return PictureQualityScores(
      headline: peak, peakSignalToNoise: peak,
      structuralSimilarity: .mean(of: entries.map(\.similarity)),
      meanSquaredError: .mean(of: entries.map(\.squaredError)), imageCount: entries.count,
      identicalImageCount: entries.count { $0.squaredError == 0 })
  }
}

/// How near pictures are to their targets.
public struct PictureQualityScores: Encodable, Hashable, Sendable {
  /// The number to quote: ``peakSignalToNoise``.
  public let headline: Score
  /// Decibels, mean over the pictures that differ from their target at all.
  public let peakSignalToNoise: Score
  /// Mean over pictures of at least 11x11 pixels.
  public let structuralSimilarity: Score
  /// Mean over pictures of the mean squared difference.
  public let meanSquaredError: Score
  /// Images scored.
  public let imageCount: Int
  /// Pictures equal to their target, left out of ``peakSignalToNoise``.
  public let identicalImageCount: Int
}
