import Imaging

/// What the centre ray of every pixel says, before any annotation is made of it.
struct SceneLabels {
  /// 0 for background, else 1 + index of the solid in front.
  var instanceMap: Plane<UInt8>
  /// Metres along the optical axis, 0.5...10.
  var depth: Plane<Float>
  /// For each solid, what it covers in the picture regardless of what is in front of it.
  var outlines: [Outline]

  /// A solid's pixels in the picture, hidden ones included, and those that can be seen.
  struct Outline {
    var pixelCount = 0
    var visibleCount = 0
    var left = Int.max
    var top = Int.max
    var right = Int.min
    var bottom = Int.min
    /// Sums of the other coordinate over the pixels of each outermost line.
    var leftRows = RunningMean()
    var rightRows = RunningMean()
    var topColumns = RunningMean()
    var bottomColumns = RunningMean()

    mutating func add(_ column: Int, _ row: Int) {
      pixelCount += 1
      if column < left { (left, leftRows) = (column, RunningMean()) }
      if column == left { leftRows.add(row) }
      if column > right { (right, rightRows) = (column, RunningMean()) }
      if column == right { rightRows.add(row) }
      if row < top { (top, topColumns) = (row, RunningMean()) }
      if row == top { topColumns.add(column) }
      if row > bottom { (bottom, bottomColumns) = (row, RunningMean()) }
      if row == bottom { bottomColumns.add(column) }
    }
  }

  struct RunningMean {
    private var sum = 0
    private var count = 0

    mutating func add(_ value: Int) {
      sum += value
      count += 1
    }

    /// Rounded to the nearest integer, halves down.
    var value: Int { count == 0 ? 0 : (2 * sum + count - 1) / (2 * count) }
  }
}

extension SceneCaster {
  /// Nearest and farthest depth that is annotated, in metres.
  static let depthRange: ClosedRange<Float> = 0.5...10

  func labels() -> SceneLabels {
    let size = layout.camera.size
    var labels = SceneLabels(
      instanceMap: Plane(width: size, height: size, repeating: 0),
      depth: Plane(width: size, height: size, repeating: Self.depthRange.upperBound),
      outlines: Array(repeating: SceneLabels.Outline(), count: parts.count))
    for row in 0..<size {
      for column in 0..<size {
        let direction = layout.camera.direction(Float(column) + 0.5, Float(row) + 0.5)
        var depth = backdropSighting(direction).depth
        var front = -1
        for index in parts.indices where parts[index].rectangle.contains(column, row) {
          let solid = parts[index].solid
          let hit = solid.intersection(
            origin: parts[index].origin, direction: solid.localDirection(direction))
          guard hit.parameter < .infinity else { continue }
          labels.outlines[index].add(column, row)
          if hit.parameter < depth { (depth, front) = (hit.parameter, index) }
        }
        if front >= 0 {
          labels.outlines[front].visibleCount += 1
          labels.instanceMap[column, row] = UInt8(front + 1)
        }
        labels.depth[column, row] = clamp(
          depth, Self.depthRange.lowerBound, Self.depthRange.upperBound)
      }
    }
    return labels
  }
}
