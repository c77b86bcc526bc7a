import Imaging

/// Evidence prepared for the search: scaled so that a typical stroke counts 1, cleaned of specks,
/// summable over rectangles, with the stroke's width as it appears.
struct OutlineMap {
  let width: Int
  let height: Int
  /// The opacity that counts 1: what the middle of a typical stroke shows.
  let level: Float
  /// The apparent width of a stroke, in pixels.
  let stroke: Int
  /// Confidence times opacity over `level`, at most the confidence; `[height, width]`.
  let weighted: [Float]
  /// How much each pixel can be relied on, 0...1; 0 on solid things, which are no strokes.
  let confidence: [Float]
  /// Opacity of the paint, 0...1.
  let opacity: [Float]
  /// True on what is more likely stroke than not, specks removed.
  let isStroke: Mask
  let weightedSums: SummedArea
  let confidenceSums: SummedArea

  /// The least opacity of a stroke that is worth looking at.
  private static let faintest: Float = 0.3

  /// - Returns: nil where nothing stroke-like exists.
  init?(_ evidence: OutlineEvidence, nominalWidth: Int, minimumSide: Int) {
    width = evidence.width
    height = evidence.height
    guard let level = Self.level(of: evidence, minimumCount: 2 * minimumSide) else { return nil }
    self.level = level
    opacity = evidence.opacity
    var mask = Mask(
      width: evidence.width, height: evidence.height,
      elements: evidence.opacity.map { $0 > 0.5 * level })
    PixelComponents.removeSmall(true, below: 2 * minimumSide, in: &mask, diagonal: true)
    guard
      let stroke = OutlineStroke.width(
        in: mask, nominal: nominalWidth, minimumLength: 2 * minimumSide)
    else { return nil }
    self.stroke = stroke
    let solid = Self.solid(mask, side: 2 * max(nominalWidth, stroke) + 3)
    confidence = evidence.confidence.enumerated().map { solid[$0.offset] ? 0 : $0.element }
    weighted = zip(evidence.opacity, confidence).map { min(1, $0 / level) * $1 }
    for index in solid.indices where solid[index] { mask.elements[index] = false }
    isStroke = mask
    weightedSums = SummedArea(weighted, width: width, height: height)
    confidenceSums = SummedArea(confidence, width: width, height: height)
  }

  /// How strongly `area` shows paint, 0...1; nil when too little of it can be seen.
  func support(_ area: OutlineRing.Area) -> Double? {
    let seen = confidenceSums.sum(area.x0, area.y0, area.x1, area.y1)
    guard seen >= 0.25 * Double(area.count), seen > 0 else { return nil }
    return weightedSums.sum(area.x0, area.y0, area.x1, area.y1) / seen
  }

  /// The upper quartile of the opacities that have company, nil when there are too few.
  private static func level(of evidence: OutlineEvidence, minimumCount: Int) -> Float? {
    let (width, height) = (evidence.width, evidence.height)
    var histogram = [Int](repeating: 0, count: 101)
    evidence.opacity.withUnsafeBufferPointer { opacity in
      for y in 0..<height {
        for x in 0..<width {
          let value = opacity[y * width + x]
          guard value > faintest else { continue }
          var company = 0
          if x > 0, opacity[y * width + x - 1] > faintest { company += 1 }
          if x + 1 < width, opacity[y * width + x + 1] > faintest { company += 1 }
          if y > 0, opacity[(y - 1) * width + x] > faintest { company += 1 }
          if y + 1 < height, opacity[(y + 1) * width + x] > faintest { company += 1 }
          if company >= 2 { histogram[Int(value * 100)] += 1 }
        }
      }
    }
    let total = histogram.reduce(0, +)
    guard total >= minimumCount else { return nil }
    var below = 0
    for (hundredths, count) in histogram.enumerated() {
      below += count
      if 4 * below >= 3 * total { return Float(hundredths) / 100 + 0.005 }
    }
    return nil
  }

  /// Where squares of `side` pixels fit into `mask`, and a pixel around them.
  ///
  /// Crossing strokes make squares too, but not larger than two strokes side by side are wide.
  private static func solid(_ mask: Mask, side: Int) -> [Bool] {
    let (width, height) = (mask.width, mask.height)
    var result = [Bool](repeating: false, count: width * height)
    guard width >= side, height >= side else { return result }
    let sums = SummedArea(mask.elements.map { $0 ? 1 : 0 }, width: width, height: height)
    // Noise may leave a few holes.
    let least = 0.97 * Double(side * side)
    var corners = [Float](repeating: 0, count: width * height)
    for y in 0...(height - side) {
      for x in 0...(width - side) where sums.sum(x, y, x + side, y + side) >= least {
        corners[y * width + x] = 1
      }
    }
    let cornerSums = SummedArea(corners, width: width, height: height)
    for y in 0..<height {
      for x in 0..<width {
        result[y * width + x] = cornerSums.sum(x - side, y - side, x + 2, y + 2) > 0
      }
    }
    return result
  }
}
