extension Image {
  /// Colours row `y` from column `first` to `last`, both included, as far as they are inside.
  mutating func fillRow(_ y: Int, from first: Int, through last: Int, with color: Color) {
    guard (0..<height).contains(y) else { return }
    let (start, end) = (max(first, 0), min(last, width - 1))
    guard start <= end else { return }
    for x in start...end { self[x, y] = color }
  }

  /// Colours column `x` from row `first` to `last`, both included, as far as they are inside.
  mutating func fillColumn(_ x: Int, from first: Int, through last: Int, with color: Color) {
    guard (0..<width).contains(x) else { return }
    let (start, end) = (max(first, 0), min(last, height - 1))
    guard start <= end else { return }
    for y in start...end { self[x, y] = color }
  }

  /// Draws the outline of `box` as Pillow's `ImageDraw.rectangle(outline:width:)` does: corners are
  /// cut off to whole pixels, which belong to the outline, and it grows inwards. Where the box is
  /// thinner than the stroke, the stroke sticks out on the other side, as there.
  ///
  /// A box whose right or lower corner lies before the other (or that is no number) draws nothing.
  public mutating func strokeBox(_ box: Box, color: Color, width stroke: Int) {
    guard stroke > 0, box.right >= box.left, box.bottom >= box.top else { return }
    let from = PixelPoint(truncating: box.left, box.top)
    let to = PixelPoint(truncating: box.right, box.bottom)
    let stroke = min(stroke, PixelPoint.reach)
    for inset in 0..<stroke {
      fillRow(from.y + inset, from: from.x, through: to.x, with: color)
      fillRow(to.y - inset, from: from.x, through: to.x, with: color)
      // From the first of these rows towards the second, which is left out.
      let (start, end) = (from.y + stroke, to.y - stroke + 1)
      let (first, last) = start < end ? (start, end - 1) : (end + 1, start)
      fillColumn(from.x + inset, from: first, through: last, with: color)
      fillColumn(to.x - inset, from: first, through: last, with: color)
    }
  }

  /// Fills `box`; its corners are cut off to whole pixels, which are filled too.
  public mutating func fillBox(_ box: Box, color: Color) {
    guard box.right >= box.left, box.bottom >= box.top else { return }
    let from = PixelPoint(truncating: box.left, box.top)
    let to = PixelPoint(truncating: box.right, box.bottom)
    guard to.y >= 0, from.y < height else { return }
    for y in max(from.y, 0)...min(to.y, height - 1) {
      fillRow(y, from: from.x, through: to.x, with: color)
    }
  }

  /// Fills the pixels whose distance from `center`, squared, is at most `squaredRadius`.
  public mutating func fillDisc(at center: PixelPoint, squaredRadius: Int, color: Color) {
    let center = center.limited
    let radius = Int(Double(max(squaredRadius, 0)).squareRoot()) + 1
    let (top, bottom) = (max(center.y - radius, 0), min(center.y + radius + 1, height))
    guard top < bottom else { return }
    for y in top..<bottom {
      let rest = squaredRadius - (y - center.y) * (y - center.y)
      guard rest >= 0 else { continue }
      var reach = Int(Double(rest).squareRoot())
      while reach * reach > rest { reach -= 1 }
      while (reach + 1) * (reach + 1) <= rest { reach += 1 }
      fillRow(y, from: center.x - reach, through: center.x + reach, with: color)
    }
  }

  /// Draws a line with both ends. One pixel wide it has the pixels of OpenCV's `line`; wider ones
  /// are drawn with a round brush.
  public mutating func drawLine(
    from start: PixelPoint, to end: PixelPoint, color: Color, width stroke: Int = 1
  ) {
    guard stroke > 0 else { return }
    if stroke == 1 {
      LineRaster.forEachPixel(from: start, to: end, width: width, height: height) {
        self[$0, $1] = color
      }
      return
    }
    // The brush reaches into the picture from outside: walk in a frame that is larger all around.
    let margin = min(stroke, PixelPoint.reach)
    LineRaster.forEachPixel(
      from: PixelPoint(start.limited.x + margin, start.limited.y + margin),
      to: PixelPoint(end.limited.x + margin, end.limited.y + margin),
      width: width + 2 * margin, height: height + 2 * margin
    ) {
      fillDisc(
        at: PixelPoint($0 - margin, $1 - margin), squaredRadius: stroke * stroke / 4, color: color)
    }
  }

  /// Fills polygons as OpenCV's `fillPoly` does: the even-odd inside of all outlines together, and
  /// the outlines.
  public mutating func fillPolygons(_ polygons: [[PixelPoint]], color: Color) {
    PolygonRaster.forEachStretch(in: polygons, width: width, height: height) { y, columns in
      for x in columns { self[x, y] = color }
    }
  }

  /// Mixes `color` into the pixels of `mask`: `(1 - opacity) * pixel + opacity * color`, the
  /// fraction cut off.
  ///
  /// - Parameter opacity: 0 leaves the picture as it is, 1 covers it.
  /// - Precondition: the mask has the picture's size.
  public mutating func blend(_ mask: Mask, color: Color, opacity: Double) {
    mask.requireSameSize(as: self)
    let amounts = [color.red, color.green, color.blue].map { opacity * Double($0) }
    for (index, isSet) in mask.elements.enumerated() where isSet {
      for channel in 0..<3 {
        let mixed = (1 - opacity) * Double(pixels[3 * index + channel]) + amounts[channel]
        pixels[3 * index + channel] = UInt8(min(max(mixed, 0), 255))
      }
    }
  }

  /// Colours the pixels of `mask`.
  ///
  /// - Precondition: the mask has the picture's size.
  public mutating func fill(_ mask: Mask, color: Color) {
    mask.requireSameSize(as: self)
    for (index, isSet) in mask.elements.enumerated() where isSet {
      pixels[3 * index] = color.red
      pixels[3 * index + 1] = color.green
      pixels[3 * index + 2] = color.blue
    }
  }
}
