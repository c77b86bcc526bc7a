import Platform

/// An 8-bit RGB colour.
public struct Color: Hashable, Sendable {
  /// 0 for none, 255 for all of it.
  public var red: UInt8
  /// 0 for none, 255 for all of it.
  public var green: UInt8
  /// 0 for none, 255 for all of it.
  public var blue: UInt8

  /// The colour with these parts.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// (0, 0, 0)
  public static let black = Color(0, 0, 0)
  /// (255, 255, 255)
  public static let white = Color(255, 255, 255)
}

/// A picture: 8-bit RGB samples, row by row from the top, three bytes a pixel.
public struct Image: Equatable, Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// `[height, width, 3]`.
  public var pixels: [UInt8]

  /// A picture of the given samples.
  ///
  /// - Precondition: `pixels.count == width * height * 3`, sizes at least 1.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    require(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "\(pixels.count) samples can't fill a \(width)x\(height) RGB picture")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one colour.
  public init(width: Int, height: Int, filledWith color: Color = .black) {
    require(width > 0 && height > 0, "a picture needs a size, not \(width)x\(height)")
    self.width = width
    self.height = height
    var pixels = [UInt8](repeating: color.red, count: width * height * 3)
    if color.green != color.red || color.blue != color.red {
      for index in 0..<(width * height) {
        pixels[3 * index + 1] = color.green
        pixels[3 * index + 2] = color.blue
      }
    }
    self.pixels = pixels
  }

  /// The pixel in column `x`, row `y`.
  @inlinable public subscript(x: Int, y: Int) -> Color {
    get {
      let index = 3 * (y * width + x)
      return Color(pixels[index], pixels[index + 1], pixels[index + 2])
    }
    set {
      let index = 3 * (y * width + x)
      pixels[index] = newValue.red
      pixels[index + 1] = newValue.green
      pixels[index + 2] = newValue.blue
    }
  }
}
