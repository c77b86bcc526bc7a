/// The connected parts of a mask, numbered from 1 in the order in which their first pixels appear,
/// row by row.
public struct ConnectedComponents: Sendable {
  /// Which pixels count as neighbours.
  public enum Connectivity: Sendable {
    /// Left, right, above, below.
    case four
    /// Diagonal ones too.
    case eight
  }

  /// One part.
  public struct Component: Hashable, Sendable {
    /// Its number in ``ConnectedComponents/labels``.
    public let label: Int
    /// The number of its pixels.
    public let area: Int
    /// The smallest box around it.
    public let box: Box
    /// The mean column of its pixels' middles (the first column's is 0).
    public let centerX: Double
    /// The mean row of its pixels' middles.
    public let centerY: Double
  }

  /// 0 outside, otherwise a part's number.
  public let labels: Plane<Int32>
  /// All parts, ordered by number.
  public let components: [Component]

  /// Finds the parts of `mask`.
  public init(_ mask: Mask, connectivity: Connectivity = .eight) {
    var labels = Plane<Int32>(width: mask.width, height: mask.height, repeating: 0)
    var forest = LabelForest()
    for y in 0..<mask.height {
      for x in 0..<mask.width where mask[x, y] {
        var label: Int32 = 0
        func meet(_ x: Int, _ y: Int) {
          guard x >= 0, y >= 0, x < mask.width, labels[x, y] != 0 else { return }
          label = label == 0 ? labels[x, y] : forest.merge(label, labels[x, y])
        }
        meet(x - 1, y)
        meet(x, y - 1)
        if connectivity == .eight {
          meet(x - 1, y - 1)
          meet(x + 1, y - 1)
        }
        labels[x, y] = label == 0 ? forest.add() : label
      }
    }
    let numbers = forest.finalNumbers()
    var tallies = [Tally](repeating: Tally(), count: Int(numbers.max() ?? 0))
    for y in 0..<mask.height {
      for x in 0..<mask.width where labels[x, y] != 0 {
        let number = numbers[Int(labels[x, y])]
        labels[x, y] = number
        tallies[Int(number) - 1].add(x, y)
      }
    }
    self.labels = labels
    components = tallies.enumerated().map { $1.component(label: $0 + 1) }
  }

  /// The pixels of one part.
  public func mask(of component: Component) -> Mask {
    labels.equal(to: Int32(component.label))
  }

  private struct Tally {
    private var area = 0
    private var (sumX, sumY) = (0, 0)
    private var (left, top, right, bottom) = (Int.max, Int.max, 0, 0)

    mutating func add(_ x: Int, _ y: Int) {
      area += 1
      sumX += x
      sumY += y
      left = min(left, x)
      top = min(top, y)
      right = max(right, x + 1)
      bottom = max(bottom, y + 1)
    }

    func component(label: Int) -> Component {
      Component(
        label: label, area: area,
        box: Box(
          left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom)),
        centerX: Double(sumX) / Double(area), centerY: Double(sumY) / Double(area))
    }
  }
}

/// Provisional numbers of which some turn out to be the same part (union-find, the smaller number
/// is the root).
private struct LabelForest {
  private var parents: [Int32] = [0]

  mutating func add() -> Int32 {
    parents.append(Int32(parents.count))
    return Int32(parents.count - 1)
  }

  private mutating func root(_ label: Int32) -> Int32 {
    var label = label
    while parents[Int(label)] != label {
      parents[Int(label)] = parents[Int(parents[Int(label)])]
      label = parents[Int(label)]
    }
    return label
  }

  mutating func merge(_ a: Int32, _ b: Int32) -> Int32 {
    let (one, other) = (root(a), root(b))
    parents[Int(max(one, other))] = min(one, other)
    return min(one, other)
  }

  /// The final number of each provisional one: 1, 2 ... in the order of the roots.
  mutating func finalNumbers() -> [Int32] {
    var numbers = [Int32](repeating: 0, count: parents.count)
    var last: Int32 = 0
    for label in parents.indices.dropFirst() {
      let root = root(Int32(label))
      if root == Int32(label) {
        last += 1
        numbers[label] = last
      } else {
        numbers[label] = numbers[Int(root)]
      }
    }
    return numbers
  }
}
