extension Image {
  /// Copies `picture` over this one with its corner at `x`, `y`; what falls outside is left out.
  public mutating func paste(_ picture: Image, x: Int, y: Int) {
    let firstColumn = max(0, -x)
    let columns = firstColumn..<max(firstColumn, min(picture.width, width - x))
    let firstRow = max(0, -y)
    let rows = firstRow..<max(firstRow, min(picture.height, height - y))
    guard !columns.isEmpty else { return }
    for row in rows {
      let source = 3 * (row * picture.width + columns.lowerBound)
      let target = 3 * ((row + y) * width + columns.lowerBound + x)
      let count = 3 * columns.count
      pixels.replaceSubrange(
        target..<(target + count), with: picture.pixels[source..<(source + count)])
    }
  }
}
