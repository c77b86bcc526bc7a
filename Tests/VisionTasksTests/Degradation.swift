import Imaging
import TensorCore

/// What a model and a codec do to a painted picture, in part.
struct Degradation: Sendable, CustomStringConvertible {
  /// Standard deviation of Gaussian noise, in levels.
  var sigma = 0.0
  /// Gaussian with a standard deviation of 1 pixel.
  var isBlurred = false
  /// Halved and enlarged again.
  var isHalved = false
  /// Written and read back as JPEG.
  var jpegQuality: Int?
  /// How many levels bluer it becomes.
  var cast = 0
  /// How much of the picture, from the left, the cast covers.
  var castShare = 1.0

  var description: String {
    "noise \(sigma)\(isBlurred ? ", blurred" : "")\(isHalved ? ", halved" : "")"
      + (jpegQuality.map { ", JPEG \($0)" } ?? "")
      + (cast == 0 ? "" : ", \(cast) bluer over \(castShare) of it")
  }

  static let all = [
    Degradation(), Degradation(sigma: 20), Degradation(isBlurred: true),
    Degradation(isHalved: true), Degradation(jpegQuality: 50),
    Degradation(sigma: 15, isBlurred: true),
    Degradation(sigma: 12, isBlurred: true, isHalved: true),
    Degradation(sigma: 8, isBlurred: true, jpegQuality: 75),
  ]

  /// Bluer everywhere or in the left half, with noise.
  static let casts = [
    Degradation(cast: 30), Degradation(cast: 60), Degradation(sigma: 25, cast: 60),
    Degradation(sigma: 40, cast: 40), Degradation(sigma: 15, cast: 80, castShare: 0.5),
    Degradation(sigma: 15, isBlurred: true, cast: 60, castShare: 0.5),
  ]

  func applied(to image: Image, using stream: inout RandomStream) throws -> Image {
    var result = image
    if isHalved {
      result =
        image.resized(
          width: (image.width + 1) / 2, height: (image.height + 1) / 2, filter: .bilinear
        )
        .resized(width: image.width, height: image.height, filter: .bilinear)
    }
    if isBlurred { result = Self.blurred(result) }
    if cast != 0 {
      for y in 0..<result.height {
        for x in 0..<Int(castShare * Double(result.width)) {
          let blue = Int(result[x, y].blue) + cast
          result[x, y].blue = UInt8(min(255, max(0, blue)))
        }
      }
    }
    if sigma > 0 {
      for index in result.pixels.indices {
        let value = Double(result.pixels[index]) + sigma * stream.normal()
        result.pixels[index] = UInt8(min(255, max(0, value.rounded())))
      }
    }
    if let jpegQuality {
      result = try PictureFile.decode(JPEG.encode(result, quality: jpegQuality))
    }
    return result
  }

  private static func blurred(_ image: Image) -> Image {
    let kernel = [0.0545, 0.2442, 0.4026, 0.2442, 0.0545]
    let (width, height) = (image.width, image.height)
    var rows = [Double](repeating: 0, count: image.pixels.count)
    for y in 0..<height {
      for x in 0..<width {
        for offset in -2...2 {
          let source = 3 * (y * width + min(width - 1, max(0, x + offset)))
          for c in 0..<3 {
            rows[3 * (y * width + x) + c] += kernel[offset + 2] * Double(image.pixels[source + c])
          }
        }
      }
    }
    var result = image
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 {
          var value = 0.0
          for offset in -2...2 {
            let source = 3 * (min(height - 1, max(0, y + offset)) * width + x) + c
            value += kernel[offset + 2] * rows[source]
          }
          result.pixels[3 * (y * width + x) + c] = UInt8(value.rounded())
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
