/// Counts the bytes of the strips that are kept.
final class StripBudget {
  private let byteCount: Int
  private let stripByteCount: Int
  private var taken = 0

  init(_ memory: MapMemory) {
    byteCount = memory.keptByteCount
    stripByteCount = memory.stripByteCount
  }

  /// Rows of one strip; multiples of 4 where there are many, which suits the tiles of convolutions.
  func stripHeight(rowByteCount: Int, of height: Int) -> Int {
    let rows = max(1, stripByteCount / max(1, rowByteCount))
    return min(height, rows < 8 ? rows : rows / 4 * 4)
  }

  /// Whether there was room for `count` bytes more; they are counted then.
  func take(_ count: Int) -> Bool {
    guard taken + count <= byteCount else { return false }
    taken += count
    return true
  }

  func takeAnyway(_ count: Int) { taken += count }

  func release(_ count: Int) { taken -= count }
}
