import Platform
import TensorCore

/// Draws examples so that each group gets its share of every stretch, whatever the groups' sizes,
/// and each group's examples come in fresh permutations.
public struct BalancedOrder: Sendable {
  private var groups: [(name: String, members: [Int], share: Double, order: ExampleOrder)]
  private let total: Double

  /// - Parameters:
  ///   - groups: example indices by group; groups without members or share are left out.
  ///   - positions: examples already drawn by group, for resuming.
  public init(
    groups: [(name: String, members: [Int], share: Double)], seed: UInt64,
    positions: [String: Int] = [:]
  ) {
    self.groups = groups.filter { !$0.members.isEmpty && $0.share > 0 }.enumerated().map {
      index, group in
      let order = ExampleOrder(
        count: group.members.count, seed: seed &+ UInt64(index) &* 0x9E37_79B9,
        position: positions[group.name] ?? 0)
      return (group.name, group.members, group.share, order)
    }
    total = self.groups.reduce(0) { $0 + $1.share }
  }

  public var isEmpty: Bool { groups.isEmpty }

  /// Examples drawn so far by group: with the seed, the whole state.
  public var positions: [String: Int] {
    Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0.order.position) })
  }

  /// The next example: from the group that is furthest behind its share.
  ///
  /// - Precondition: the order is not empty.
  public mutating func next() -> Int {
    require(!isEmpty, "there is nothing to draw examples from")
    let drawn = Double(groups.reduce(0) { $0 + $1.order.position })
    var best = 0
    var bestDebt = -Double.infinity
    for index in groups.indices {
      let due = (drawn + 1) * groups[index].share / total
      let debt = due - Double(groups[index].order.position)
      if debt > bestDebt { (best, bestDebt) = (index, debt) }
    }
    return groups[best].members[groups[best].order.next()]
  }
}
