/// Hue, saturation and value of every pixel on the 8-bit scale of OpenCV: hue in steps of two
/// degrees, 0...179; saturation and value 0...255.
public struct HSVImage: Equatable, Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// `[height, width, 3]`: hue, saturation, value.
  public let pixels: [UInt8]

  /// The colours of `image`, equal to OpenCV's `COLOR_RGB2HSV`, whose division by table this
  /// follows.
  public init(_ image: Image) {
    width = image.width
    height = image.height
    let pixelCount = width * height
    pixels = [UInt8](unsafeUninitializedCapacity: 3 * pixelCount) { output, count in
      image.pixels.withUnsafeBufferPointer { input in
        for index in stride(from: 0, to: 3 * pixelCount, by: 3) {
          let hsv = Self.converted(
            Int(input[index]), Int(input[index + 1]), Int(input[index + 2]))
          output[index] = hsv.hue
          output[index + 1] = hsv.saturation
          output[index + 2] = hsv.value
        }
      }
      count = 3 * pixelCount
    }
  }

  /// Where hue, saturation and value all lie in the given ranges (OpenCV's `inRange`).
  public func mask(
    hue: ClosedRange<UInt8>, saturation: ClosedRange<UInt8>, value: ClosedRange<UInt8>
  ) -> Mask {
    var mask = Mask(width: width, height: height, repeating: false)
    for index in mask.elements.indices {
      mask.elements[index] =
        hue.contains(pixels[3 * index]) && saturation.contains(pixels[3 * index + 1])
        && value.contains(pixels[3 * index + 2])
    }
    return mask
  }

  private static let shift = 12
  /// 255 / i with 12 bits behind the point.
  private static let saturationTable = reciprocals(of: 255)
  /// 30 / i with 12 bits behind the point: a sixth of the hue circle.
  private static let hueTable = reciprocals(of: 30)

  private static func reciprocals(of numerator: Double) -> [Int] {
    (0..<256).map {
      $0 == 0 ? 0 : Int((numerator * 4096 / Double($0)).rounded(.toNearestOrEven))
    }
  }

  private static func converted(
    _ red: Int, _ green: Int, _ blue: Int
  ) -> (hue: UInt8, saturation: UInt8, value: UInt8) {
    let value = max(red, green, blue)
    let difference = value - min(red, green, blue)
    let half = 1 << (shift - 1)
    let saturation = (difference * saturationTable[value] + half) >> shift
    let sector =
      if value == red {
        green - blue
      } else if value == green {
        blue - red + 2 * difference
      } else {
        red - green + 4 * difference
      }
    var hue = (sector * hueTable[difference] + half) >> shift
    if hue < 0 { hue += 180 }
    return (UInt8(hue), UInt8(saturation), UInt8(value))
  }
}
