import Imaging
import TensorCore

/// What a model and a codec do to a painted picture, in part.
struct Degradation: Sendable, CustomStringConvertible {
  var sigma = 0.0
  var isBlurred = false
  /// Halved and enlarged again.
  var isHalved = false
  var description: String {
    "noise \(sigma)\(isBlurred ? ", blurred" : "")\(isHalved ? ", halved" : "")"
  }

  static let none = Degradation()
  static let noise = Degradation(sigma: 20)
  static let blur = Degradation(isBlurred: true)
  static let half = Degradation(isHalved: true)
  static let blurAndNoise = Degradation(sigma: 15, isBlurred: true)
  static let every = Degradation(sigma: 12, isBlurred: true, isHalved: true)
  static let all: [Degradation] = [.none, .noise, .blur, .half, .blurAndNoise, .every]

  func applied(to image: Image, using stream: inout RandomStream) -> Image {
    var values = image.pixels.map(Double.init)
    if isHalved { values = Self.halvedAndDoubled(values, image.width, image.height) }
    if isBlurred { values = Self.blurred(values, image.width, image.height) }
    let pixels = values.map { value in
      let noisy = sigma > 0 ? value + sigma * stream.normal() : value
      return UInt8(min(255, max(0, noisy.rounded())))
    }
    return Image(width: image.width, height: image.height, pixels: pixels)
  }

  /// A Gaussian of standard deviation 1 pixel.
  private static func blurred(_ values: [Double], _ width: Int, _ height: Int) -> [Double] {
    let kernel = [0.0545, 0.2442, 0.4026, 0.2442, 0.0545]
    var rows = values
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 {
          rows[3 * (y * width + x) + c] = (-2...2).reduce(0) {
            $0 + kernel[$1 + 2] * values[3 * (y * width + min(width - 1, max(0, x + $1))) + c]
          }
        }
      }
    }
    var result = rows
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 {
          result[3 * (y * width + x) + c] = (-2...2).reduce(0) {
            $0 + kernel[$1 + 2] * rows[3 * (min(height - 1, max(0, y + $1)) * width + x) + c]
          }
        }
      }
    }
    return result
  }

  /// Means of 2 x 2 pixels, enlarged bilinearly.
  private static func halvedAndDoubled(_ values: [Double], _ width: Int, _ height: Int) -> [Double]
  {
    let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
    func mean(_ x: Int, _ y: Int, _ c: Int) -> Double {
      let (x, y) = (min(halfWidth - 1, max(0, x)), min(halfHeight - 1, max(0, y)))
      let (x1, y1) = (min(width - 1, 2 * x + 1), min(height - 1, 2 * y + 1))
      return
        (values[3 * (2 * y * width + 2 * x) + c] + values[3 * (2 * y * width + x1) + c]
        + values[3 * (y1 * width + 2 * x) + c] + values[3 * (y1 * width + x1) + c]) / 4
    }
    var result = values
    for y in 0..<height {
      for x in 0..<width {
        let (nearX, nearY) = (x / 2, y / 2)
        let (farX, farY) = (nearX + (x % 2 == 0 ? -1 : 1), nearY + (y % 2 == 0 ? -1 : 1))
        for c in 0..<3 {
          result[3 * (y * width + x) + c] =
            0.5625 * mean(nearX, nearY, c) + 0.1875 * mean(farX, nearY, c)
            + 0.1875 * mean(nearX, farY, c) + 0.0625 * mean(farX, farY, c)
        }
      }
    }
    return result
  }
}

extension RandomStream {
  /// A gradient with a few flat patches, some of them blue.
  mutating func scene(width: Int, height: Int, blueThings: Bool) -> Image {
    var image = Image(width: width, height: height)
    let (from, to) = (color(), color())
    for y in 0..<height {
      for x in 0..<width {
        let t = Double(x + y) / Double(width + height)
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8(Double(a) * (1 - t) + Double(b) * t) }
        image[x, y] = Color(
          mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue))
      }
    }
    for _ in 0..<6 {
      let patch =
        blueThings && uniform() < 0.4
        ? Color(
          UInt8(integer(in: 0..<60)), UInt8(integer(in: 0..<90)), UInt8(integer(in: 170..<256)))
        : color()
      let (x, y) = (integer(in: 0..<width), integer(in: 0..<height))
      let (w, h) = (integer(in: 5..<(width / 2)), integer(in: 5..<(height / 2)))
      let isRound = uniform() < 0.5
      for row in y..<min(height, y + h) {
        for column in x..<min(width, x + w) {
          let (u, v) = (
            (Double(column - x) + 0.5) / Double(w) * 2 - 1,
            (Double(row - y) + 0.5) / Double(h) * 2 - 1
          )
          if !isRound || u * u + v * v <= 1 { image[column, row] = patch }
        }
      }
    }
    return image
  }

  /// Any colour but the bluest.
  mutating func color() -> Color {
    Color(
      UInt8(integer(in: 20..<256)), UInt8(integer(in: 20..<256)), UInt8(integer(in: 0..<200)))
  }
}
