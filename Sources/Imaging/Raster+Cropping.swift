import Platform

extension Image {
  /// The part of `width` x `height` pixels whose upper left pixel is (`x`, `y`).
  ///
  /// - Precondition: the part lies inside the picture.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Image {
    Image(
      width: newWidth, height: newHeight,
      pixels: croppedRows(
        pixels, width: width, height: height, x: x, y: y, newWidth: newWidth, newHeight: newHeight,
        channels: 3))
  }

  /// The mirror image: left becomes right.
  public func flippedHorizontally() -> Image {
    oriented(.mirrored)
  }
}

extension Plane {
  /// The part of `width` x `height` elements whose upper left element is (`x`, `y`).
  ///
  /// - Precondition: the part lies inside the map.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Plane {
    Plane(
      width: newWidth, height: newHeight,
      elements: croppedRows(
        elements, width: width, height: height, x: x, y: y, newWidth: newWidth,
        newHeight: newHeight, channels: 1))
  }

  /// The mirror image: left becomes right.
  public func flippedHorizontally() -> Plane {
    var flipped: [Element] = []
    flipped.reserveCapacity(elements.count)
    for y in 0..<height { flipped += elements[(y * width)..<((y + 1) * width)].reversed() }
    return Plane(width: width, height: height, elements: flipped)
  }
}

private func croppedRows<Element>(
  _ samples: [Element], width: Int, height: Int, x: Int, y: Int, newWidth: Int, newHeight: Int,
  channels: Int
) -> [Element] {
  require(
    x >= 0 && y >= 0 && newWidth > 0 && newHeight > 0 && newWidth <= width - x
      && newHeight <= height - y,
    "a part of \(newWidth)x\(newHeight) at \(x), \(y) leaves the \(width)x\(height) raster")
  var part: [Element] = []
  part.reserveCapacity(newWidth * newHeight * channels)
  for row in y..<(y + newHeight) {
    let start = (row * width + x) * channels
    part += samples[start..<(start + newWidth * channels)]
  }
  return part
}
