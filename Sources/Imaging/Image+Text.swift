extension Image {
  /// The size of `text` drawn in one line, in pixels.
  public static func textSize(_ text: String, scale: Int = 1) -> (width: Int, height: Int) {
    let letters = text.count
    return (
      width: scale * max(letters * (BitmapFont.glyphWidth + 1) - 1, 0),
      height: scale * BitmapFont.glyphHeight
    )
  }

  /// Draws `text` in one line, its upper left corner at `origin`; what lies outside is cut off.
  ///
  /// - Parameters:
  ///   - text: printable ASCII; other letters show as a frame.
  ///   - scale: how many pixels a dot of the 5x7 letters measures.
  ///   - background: colours a margin of one dot around the text, if given.
  public mutating func drawText(
    _ text: String, at origin: PixelPoint, color: Color, scale: Int = 1,
    background: Color? = nil
  ) {
    guard scale > 0, scale < 1000 else { return }
    let origin = origin.limited
    if let background {
      let size = Self.textSize(text, scale: scale)
      for y in (origin.y - scale)..<(origin.y + size.height + scale) {
        fillRow(
          y, from: origin.x - scale, through: origin.x + size.width + scale - 1, with: background)
      }
    }
    for (index, letter) in text.enumerated() {
      let left = origin.x + index * scale * (BitmapFont.glyphWidth + 1)
      guard left < width else { break }
      for (row, bits) in BitmapFont.rows(of: letter).enumerated() {
        for column in 0..<BitmapFont.glyphWidth where bits & (0x10 >> column) != 0 {
          for dot in 0..<scale {
            let x = left + column * scale
            fillRow(
              origin.y + row * scale + dot, from: x, through: x + scale - 1, with: color)
          }
        }
      }
    }
  }
}
