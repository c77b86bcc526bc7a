extension Image {
  /// The luma of every pixel, 0.299 R + 0.587 G + 0.114 B, rounded as Pillow's `convert("L")` does.
  public var luma: Plane<UInt8> {
    perPixel { red, green, blue in
      UInt8(truncatingIfNeeded: (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
    }
  }

  /// The mean of the three channels.
  public var channelMean: Plane<Float> {
    perPixel { Float($0 + $1 + $2) / 3 }
  }

  /// One value for each pixel.
  func perPixel<Value>(_ value: (_ red: Int, _ green: Int, _ blue: Int) -> Value) -> Plane<Value> {
    let values = pixels.withUnsafeBufferPointer { pixels in
      (0..<(width * height)).map {
        value(Int(pixels[3 * $0]), Int(pixels[3 * $0 + 1]), Int(pixels[3 * $0 + 2]))
      }
    }
    return Plane(width: width, height: height, elements: values)
  }

  /// One channel: 0 red, 1 green, 2 blue.
  public func channel(_ index: Int) -> Plane<UInt8> {
    Plane(
      width: width, height: height,
      elements: (0..<(width * height)).map { pixels[3 * $0 + index] })
  }

  /// A grey picture: the same level in the three channels.
  public init(grey plane: Plane<UInt8>) {
    self.init(
      width: plane.width, height: plane.height, pixels: plane.elements.flatMap { [$0, $0, $0] })
  }
}
