extension Image {
  /// Draws the closed line through the middles of the contour's pixels.
  public mutating func strokeContour(_ contour: Contour, color: Color, width stroke: Int = 1) {
    let corners = contour.corners
    guard var previous = corners.last else { return }
    for corner in corners {
      drawLine(from: previous, to: corner, color: color, width: stroke)
      previous = corner
    }
  }

  /// Draws all borders of `mask`, those of holes too.
  ///
  /// - Precondition: the mask has the picture's size.
  public mutating func strokeOutline(of mask: Mask, color: Color, width stroke: Int = 1) {
    mask.requireSameSize(as: self)
    for contour in mask.contours(.all) { strokeContour(contour, color: color, width: stroke) }
  }
}
