import Imaging

/// Connected groups of pixels.
enum PixelComponents {
  /// Sets every group of fewer than `minimumCount` pixels equal to `value` to the opposite.
  ///
  /// - Parameter diagonal: whether pixels that touch at a corner are connected.
  static func removeSmall(
    _ value: Bool, below minimumCount: Int, in mask: inout Mask, diagonal: Bool
  ) {
    guard minimumCount > 1 else { return }
    let (width, height) = (mask.width, mask.height)
    var elements = mask.elements
    var isSeen = [Bool](repeating: false, count: elements.count)
    var group: [Int] = []
    for start in elements.indices where elements[start] == value && !isSeen[start] {
      group.removeAll(keepingCapacity: true)
      group.append(start)
      isSeen[start] = true
      var next = 0
      while next < group.count {
        let (x, y) = (group[next] % width, group[next] / width)
        next += 1
        for otherY in max(0, y - 1)...min(height - 1, y + 1) {
          for otherX in max(0, x - 1)...min(width - 1, x + 1) {
            if !diagonal, otherX != x, otherY != y { continue }
            let other = otherY * width + otherX
            if elements[other] == value, !isSeen[other] {
              isSeen[other] = true
              group.append(other)
            }
          }
        }
      }
      if group.count < minimumCount {
        for index in group { elements[index] = !value }
      }
    }
    mask.elements = elements
  }
}
