import Testing
import Training

@Suite struct OrderTests {
  private static let groups: [(name: String, members: [Int], share: Double)] = [
    ("a", Array(0..<7), 0.5), ("none", [], 0.3), ("b", Array(100..<102), 0.2),
    ("unshared", [900], 0), ("c", Array(200..<231), 0.1),
  ]

  @Test(arguments: [1, 2, 7, 100])
  func everyEpochIsAPermutation(count: Int) {
    var order = ExampleOrder(count: count, seed: 4)
    let epochs = (0..<3).map { _ in (0..<count).map { _ in order.next() } }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<count)) }
    if count == 100 { #expect(Set(epochs).count == 3 && epochs[0] != Array(0..<100)) }
    #expect(order.position == 3 * count)
  }

  @Test func aPositionIsTheWholeState() {
    var order = ExampleOrder(count: 9, seed: 4)
    let all = (0..<40).map { _ in order.next() }
    for position in [0, 1, 8, 9, 10, 26, 39] {
      var resumed = ExampleOrder(count: 9, seed: 4, position: position)
      #expect((position..<40).map { _ in resumed.next() } == Array(all[position...]))
    }
    var other = ExampleOrder(count: 9, seed: 5)
    #expect((0..<40).map { _ in other.next() } != all)
  }

  @Test func everyStretchHasItsShares() {
    var order = BalancedOrder(groups: Self.groups, seed: 1)
    var counts = [0.0, 0, 0]
    for drawn in 1...800 {
      counts[min(2, order.next() / 100)] += 1
      for (count, share) in zip(counts, [0.625, 0.25, 0.125]) {
        #expect(abs(count - share * Double(drawn)) < 1.5)
      }
    }
    #expect(counts == [500, 200, 100])
    #expect(order.positions == ["a": 500, "b": 200, "c": 100])
  }

  @Test func membersComeEquallyOften() {
    var order = BalancedOrder(groups: Self.groups, seed: 1)
    var counts: [Int: Int] = [:]
    for _ in 0..<800 { counts[order.next(), default: 0] += 1 }
    #expect(Set(counts.keys) == Set(0..<7).union(100..<102).union(200..<231))
    for member in 0..<7 { #expect((71...72).contains(counts[member] ?? 0)) }
    for member in 200..<231 { #expect((3...4).contains(counts[member] ?? 0)) }
  }

  @Test func positionsAreTheWholeState() {
    var order = BalancedOrder(groups: Self.groups, seed: 7)
    for _ in 0..<123 { _ = order.next() }
    var resumed = BalancedOrder(groups: Self.groups, seed: 7, positions: order.positions)
    #expect((0..<200).map { _ in order.next() } == (0..<200).map { _ in resumed.next() })
  }

  @Test func nothingToDrawFromIsEmpty() {
    #expect(BalancedOrder(groups: [("a", [], 1), ("b", [1], 0)], seed: 1).isEmpty)
  }
}
