/// The merges of a byte-pair encoding: which neighbours become one symbol, the earliest first.
package struct BytePairMerger: Sendable {
  private struct Merge {
    let rank: UInt32
    let product: Int32
  }

  private var merges: [UInt64: Merge] = [:]

  package init() {}

  package mutating func reserveCapacity(_ count: Int) { merges.reserveCapacity(count) }

  /// Adds the next merge; false when the pair has one already.
  package mutating func append(_ left: Int32, _ right: Int32, product: Int32) -> Bool {
    let key = Self.key(left, right)
    guard merges[key] == nil else { return false }
    merges[key] = Merge(rank: UInt32(merges.count), product: product)
    return true
  }

  /// `symbols` after all merges that apply: the earliest merge everywhere, from left to right, and
  /// again until none applies.
  ///
  /// The pairs wait in a heap by rank and position, so that long words stay affordable. All pairs
  /// of one rank are joined before the pairs that this brings about are looked at.
  ///
  /// The Rust library looks at those pairs at once. That makes a difference only where two merges
  /// make the same token; CLIP's 48,894 merges make as many.
  ///
  /// - Complexity: O(n log n).
  package func merged(_ symbols: [Int32]) -> [Int32] {
    guard symbols.count > 1 else { return symbols }
    let end = symbols.count
    var symbols = symbols
    var next = Array(1...end)
    var previous = Array(-1..<end - 1)
    var isAlive = [Bool](repeating: true, count: end)
    var queue = MinimumQueue()

    func merge(at position: Int) -> Merge? {
      guard isAlive[position], next[position] < end else { return nil }
      return merges[Self.key(symbols[position], symbols[next[position]])]
    }
    func enqueue(_ position: Int) {
      if let merge = merge(at: position) {
        queue.insert(UInt64(merge.rank) << 32 | UInt64(position))
      }
    }

    for position in 0..<end - 1 { enqueue(position) }
    var changed: [Int] = []
    while let minimum = queue.minimum {
      let rank = minimum >> 32
      changed.removeAll(keepingCapacity: true)
      while let entry = queue.minimum, entry >> 32 == rank {
        queue.removeMinimum()
        let position = Int(entry & 0xffff_ffff)
        // Entries whose pair has changed since are left in the queue and skipped here.
        guard let merge = merge(at: position), UInt64(merge.rank) == rank else { continue }
        let absorbed = next[position]
        symbols[position] = merge.product
        isAlive[absorbed] = false
        next[position] = next[absorbed]
        if next[position] < end { previous[next[position]] = position }
        changed.append(position)
      }
      for position in changed where isAlive[position] {
        enqueue(position)
        if previous[position] >= 0 { enqueue(previous[position]) }
      }
    }
    return symbols.indices.filter { isAlive[$0] }.map { symbols[$0] }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

/// A binary heap of numbers, smallest first.
private struct MinimumQueue {
  private var heap: [UInt64] = []

  mutating func insert(_ value: UInt64) {
    heap.append(value)
    var child = heap.count - 1
    while child > 0, heap[(child - 1) / 2] > heap[child] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  var minimum: UInt64? { heap.first }

  mutating func removeMinimum() {
    guard let last = heap.popLast(), !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(parent, child)
      parent = child
    }
  }
}
