import Imaging
import Platform

/// Predicted depth maps against true ones.
public struct DepthTally: Sendable {
  /// Which pixels count.
  public let parameters: DepthParameters
  /// The sums of each image that has a pixel to compare, in the order added.
  public private(set) var images: [(image: String, sums: DepthSums)] = []
  /// Images without any pixel to compare.
  public private(set) var skippedCount = 0

  /// A tally without images.
  public init(_ parameters: DepthParameters = DepthParameters()) {
    self.parameters = parameters
  }

  /// Adds one image and returns its own scores.
  ///
  /// Standard rules: pixels with `minimum < truth < maximum` inside the crop; the prediction is
  /// clamped to that range (NaN becomes the minimum). Paper's rules: pixels where prediction times
  /// truth is positive, nothing clamped; an image with an infinite true depth is skipped.
  ///
  /// - Parameters:
  ///   - predicted, truth: metres, of one size; 0 means unknown.
  /// - Throws: ``ReportableError`` when the maps have not the size the crop is defined for.
  /// - Source: datasets' usual NYU evaluation; golden `depth.json`.
  /// - Deviates (paper's rules): AlaaLab/InstructCV 0c24fed, `evaluate_depes.py` keeps only pixels
  ///   whose whole metres are odd on both sides and counts the others as perfect; here the mask is
  ///   the product test it replaced, and masked pixels do not count.
  @discardableResult
  public mutating func add(
    image: String, predicted: Plane<Float>, truth: Plane<Float>
  ) throws -> DepthErrors {
    require(
      predicted.width == truth.width && predicted.height == truth.height,
      "\(predicted.width)x\(predicted.height) depths compared with \(truth.width)x\(truth.height)")
    var rows = 0..<truth.height
    var columns = 0..<truth.width
    if let crop = parameters.crop {
      guard crop.width == truth.width, crop.height == truth.height else {
        throw ReportableError(
          .badData,
          """
          the \(crop.name) crop is defined for \(crop.width)x\(crop.height) depth maps, not \
          \(truth.width)x\(truth.height); evaluate without it
          """, path: image)
      }
      (rows, columns) = (crop.rows, crop.columns)
    }
    var sums = DepthSums()
    switch parameters.rules {
    case .standard: sumStandard(predicted, truth, rows, columns, into: &sums)
    case .paper: sumPaper(predicted, truth, rows, columns, into: &sums)
    }
    if sums.pixelCount == 0 { skippedCount += 1 } else { images.append((image, sums)) }
    return sums.errors
  }

  /// Adds everything `other` has, after what is here.
  public mutating func merge(_ other: DepthTally) {
    require(parameters == other.parameters, "depth tallies of different rules can't be merged")
    images += other.images
    skippedCount += other.skippedCount
  }

  private func sumStandard(
    _ predicted: Plane<Float>, _ truth: Plane<Float>, _ rows: Range<Int>, _ columns: Range<Int>,
    into sums: inout DepthSums
  ) {
    for y in rows {
      for x in columns {
        let real = Double(truth[x, y])
        guard real > parameters.minimum, real < parameters.maximum else { continue }
        let guess = Double(predicted[x, y])
        sums.add(
          predicted: guess.isNaN
            ? parameters.minimum : min(max(guess, parameters.minimum), parameters.maximum),
          truth: real)
      }
    }
  }

  private func sumPaper(
    _ predicted: Plane<Float>, _ truth: Plane<Float>, _ rows: Range<Int>, _ columns: Range<Int>,
    into sums: inout DepthSums
  ) {
    if truth.elements.contains(.infinity) { return }
    for y in rows {
      for x in columns {
        let real = Double(truth[x, y])
        let guess = Double(predicted[x, y])
        guard real * guess > 0, guess.isFinite, real > 0 else { continue }
        sums.add(predicted: guess, truth: real)
      }
    }
  }

  /// The scores of everything added so far.
  public func scores() -> DepthScores {
    let each = images.map(\.sums.errors)
    var pooled = DepthSums()
    for image in images { pooled += image.sums }
    func mean(_ path: KeyPath<DepthErrors, Score>) -> Score {
      .mean(of: each.map { $0[keyPath: path] })
    }
    let averaged = DepthErrors(
      rootMeanSquare: mean(\.rootMeanSquare), absoluteRelative: mean(\.absoluteRelative),
      squaredRelative: mean(\.squaredRelative), rootMeanSquareLog: mean(\.rootMeanSquareLog),
      log10: mean(\.log10), delta1: mean(\.delta1), delta2: mean(\.delta2), delta3: mean(\.delta3),
      scaleInvariantLog: mean(\.scaleInvariantLog))
    return DepthScores(
      rules: parameters.rules, headline: averaged.rootMeanSquare, averaged: averaged,
      pooled: pooled.errors, crop: parameters.crop?.name, imageCount: images.count,
      skippedImageCount: skippedCount, pixelCount: pooled.pixelCount)
  }
}

/// How well depth was estimated.
public struct DepthScores: Encodable, Hashable, Sendable {
  /// The rules applied.
  public let rules: EvaluationProtocol
  /// The number to quote: the averaged root mean square error in metres.
  public let headline: Score
  /// Each image's scores averaged over images, as published tables have them.
  public let averaged: DepthErrors
  /// The scores of all images' pixels together.
  public let pooled: DepthErrors
  /// The crop's name, if one was used.
  public let crop: String?
  /// Images with at least one pixel that counts.
  public let imageCount: Int
  /// Images without one.
  public let skippedImageCount: Int
  /// Pixels compared.
  public let pixelCount: Int

  private enum CodingKeys: String, CodingKey {
    case rules, headline, averaged, pooled, crop, imageCount, skippedImageCount, pixelCount
  }

  /// Writes every key, `crop` as `null` when there is none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rules, forKey: .rules)
    try container.encode(headline, forKey: .headline)
    try container.encode(averaged, forKey: .averaged)
    try container.encode(pooled, forKey: .pooled)
    try container.encode(crop, forKey: .crop)
    try container.encode(imageCount, forKey: .imageCount)
    try container.encode(skippedImageCount, forKey: .skippedImageCount)
    try container.encode(pixelCount, forKey: .pixelCount)
  }
}
