extension Plane where Element == Bool {
  /// Which borders ``contours(_:)`` finds.
  public enum ContourSelection: Sendable {
    /// The outer borders of parts that don't lie inside a hole of another part.
    case external
    /// All outer borders and all borders of holes.
    case all
  }

  /// The borders of the 8-connected parts, by the border following of Suzuki and Abe ("Topological
  /// structural analysis of digitized binary images by border following", 1985), in the order in
  /// which the rows meet them; the same points as OpenCV's `findContours` without approximation.
  public func contours(_ selection: ContourSelection = .external) -> [Contour] {
    var tracer = ContourTracer(self)
    return tracer.trace(selection)
  }
}

/// A copy of the mask with a frame of unset pixels, on which followed borders are marked.
private struct ContourTracer {
  private static let unset: Int8 = 0
  private static let untouched: Int8 = 1
  /// On a followed border.
  private static let followed: Int8 = 2
  /// On a followed border, with the outside of the part (or a hole) to its right.
  private static let rightEdge: Int8 = -2

  private let width: Int
  private let height: Int
  private let rowLength: Int
  private var marks: [Int8]
  /// Steps to the neighbours: right, then anticlockwise as seen on the screen.
  private let steps: [(x: Int, y: Int)] = [
    (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1),
  ]
  private let offsets: [Int]

  init(_ mask: Mask) {
    width = mask.width
    height = mask.height
    rowLength = width + 2
    marks = [Int8](repeating: Self.unset, count: rowLength * (height + 2))
    let rowLength = rowLength
    offsets = steps.map { $0.y * rowLength + $0.x }
    for y in 0..<height {
      for x in 0..<width where mask[x, y] { marks[(y + 1) * rowLength + x + 1] = Self.untouched }
    }
  }

  mutating func trace(_ selection: Mask.ContourSelection) -> [Contour] {
    var contours: [Contour] = []
    for y in 0..<height {
      var previous = Self.unset
      // The last border pixel met in this row tells whether we are inside a part.
      var lastBorder = Self.unset
      for x in 0...width {
        let position = (y + 1) * rowLength + x + 1
        let mark = marks[position]
        guard mark != previous else { continue }
        let startsPart = previous == Self.unset && mark == Self.untouched
        let startsHole = mark == Self.unset && previous >= Self.untouched
        if startsPart, selection == .all || lastBorder <= 0 {
          contours.append(follow(from: position, x: x, y: y, isHole: false))
        } else if startsHole, selection == .all {
          contours.append(follow(from: position - 1, x: x - 1, y: y, isHole: true))
        }
        previous = marks[position]
        if previous != Self.unset, previous != Self.untouched { lastBorder = previous }
      }
    }
    return contours
  }

  private mutating func follow(from start: Int, x: Int, y: Int, isHole: Bool) -> Contour {
    // The first neighbour clockwise from where the outside was met.
    let entry = isHole ? 0 : 4
    var direction = entry
    repeat {
      direction = (direction + 7) & 7
    } while marks[start + offsets[direction]] == Self.unset && direction != entry
    guard direction != entry else {
      marks[start] = Self.rightEdge
      return Contour(points: [PixelPoint(x, y)], isHole: isHole)
    }
    let end = start + offsets[direction]
    var points: [PixelPoint] = []
    var (current, point) = (start, PixelPoint(x, y))
    while true {
      // Anticlockwise from the pixel we came from; `tried` neighbours on the way are unset.
      let back = direction
      var tried = 1
      while marks[current + offsets[(back + tried) & 7]] == Self.unset { tried += 1 }
      direction = (back + tried) & 7
      // The walk passed over the right neighbour and found it unset.
      let passesRight = (1..<tried).contains((8 - back) & 7)
      if passesRight {
        marks[current] = Self.rightEdge
      } else if marks[current] == Self.untouched {
        marks[current] = Self.followed
      }
      points.append(point)
      let next = current + offsets[direction]
      point.x += steps[direction].x
      point.y += steps[direction].y
      if next == start, current == end { break }
      current = next
      direction = (direction + 4) & 7
    }
    return Contour(points: points, isHole: isHole)
  }
}
