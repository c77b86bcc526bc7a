import Platform

extension Plane where Element == Bool {
  /// Sets the pixels of polygons as OpenCV's `fillPoly` does: the even-odd inside of all outlines
  /// together, and the outlines. COCO's own rule is ``RunLengthMask/init(width:height:polygons:)``.
  public mutating func fillPolygons(_ polygons: [[PixelPoint]]) {
    PolygonRaster.forEachStretch(in: polygons, width: width, height: height) { y, columns in
      for x in columns { self[x, y] = true }
    }
  }

  /// Sets the pixels of `box`; its corners are cut off to whole pixels, which are set too.
  public mutating func fillBox(_ box: Box) {
    guard box.right >= box.left, box.bottom >= box.top else { return }
    let from = PixelPoint(truncating: box.left, box.top)
    let to = PixelPoint(truncating: box.right, box.bottom)
    guard to.y >= 0, from.y < height, to.x >= 0, from.x < width else { return }
    for y in max(from.y, 0)...min(to.y, height - 1) {
      for x in max(from.x, 0)...min(to.x, width - 1) { self[x, y] = true }
    }
  }

  func requireSameSize(as image: Image) {
    require(
      width == image.width && height == image.height,
      "a mask of \(width)x\(height) doesn't fit a picture of \(image.width)x\(image.height)")
  }

  /// White where the mask is set, black elsewhere.
  public var picture: Image {
    var image = Image(width: width, height: height)
    image.fill(self, color: .white)
    return image
  }
}
