import Imaging

/// How much each pixel of a painted picture looks as if an outline's colour had been laid over it.
///
/// Blueness is measured along the outline colour's chroma, 0 for grey and 1 for the colour itself,
/// so brightness doesn't matter. Only what became blue counts: with `before` the largest blueness
/// of the original nearby (an autoencoder smears edges) and of what the whole region became bluer,
/// the opacity of the paint is `(after - before) / (1 - before)`. Where the scene was nearly as blue
/// as the outline nothing can be told, and confidence goes to 0.
struct OutlineEvidence {
  let width: Int
  let height: Int
  /// Opacity of the paint, 0...1, `[height, width]`.
  private(set) var opacity: [Float]
  /// How much the opacity can be relied on, 0...1, `[height, width]`.
  private(set) var confidence: [Float]

  /// How far the original is searched for blue, in pixels.
  private static let smear = 2
  /// Below this confidence a pixel says nothing.
  private static let leastConfidence: Float = 0.2

  /// Whether `color` is far enough from grey to be recognised by its chroma.
  static func isColorful(_ color: Color) -> Bool {
    let channels = [color.red, color.green, color.blue]
    return Int(channels.max() ?? 0) - Int(channels.min() ?? 0) >= 128
  }

  init(of color: Color, in painted: Image, comparedWith picture: Image, nominalWidth: Int) {
    width = painted.width
    height = painted.height
    let after = Self.strength(of: color, in: painted)
    let original =
      picture.width == width && picture.height == height
      ? picture : picture.resized(width: width, height: height, filter: .bilinear)
    let there = Self.strength(of: color, in: original)
    let before = Self.maximumNearby(there, width: width, height: height)
    let background = OutlineBackground(
      excess: zip(after, there).map { $0 - $1 }, width: width, height: height,
      nominalWidth: nominalWidth)
    opacity = [Float](repeating: 0, count: after.count)
    confidence = opacity
    for y in 0..<height {
      for x in 0..<width {
        let index = y * width + x
        let known = max(before[index] + background[x, y], -0.25)
        let sure = min(1, 1 - known)
        if sure < Self.leastConfidence { continue }
        confidence[index] = sure
        opacity[index] = min(1, max(0, (after[index] - known) / (1 - known)))
      }
    }
  }

  /// Makes nothing known of the pixel at `index`.
  mutating func forget(_ index: Int) {
    opacity[index] = 0
    confidence[index] = 0
  }

  /// Each pixel's share of `color`'s chroma: 0 for grey, 1 for `color`, negative for its opposite.
  private static func strength(of color: Color, in image: Image) -> [Float] {
    let channels = [Float(color.red), Float(color.green), Float(color.blue)]
    let mean = (channels[0] + channels[1] + channels[2]) / 3
    let chroma = channels.map { $0 - mean }
    let square = chroma[0] * channels[0] + chroma[1] * channels[1] + chroma[2] * channels[2]
    let (red, green, blue) = (chroma[0] / square, chroma[1] / square, chroma[2] / square)
    return image.pixels.withUnsafeBufferPointer { pixels in
      (0..<(image.width * image.height)).map { index in
        red * Float(pixels[3 * index]) + green * Float(pixels[3 * index + 1])
          + blue * Float(pixels[3 * index + 2])
      }
    }
  }

  /// The maximum over the square of `smear` pixels to every side.
  private static func maximumNearby(_ values: [Float], width: Int, height: Int) -> [Float] {
    var rows = values
    for y in 0..<height {
      for x in 0..<width {
        var largest = values[y * width + x]
        for other in max(0, x - smear)...min(width - 1, x + smear) {
          largest = max(largest, values[y * width + other])
        }
        rows[y * width + x] = largest
      }
    }
    var result = rows
    for y in 0..<height {
      for other in max(0, y - smear)...min(height - 1, y + smear) where other != y {
        for x in 0..<width {
          result[y * width + x] = max(result[y * width + x], rows[other * width + x])
        }
      }
    }
    return result
  }
}
