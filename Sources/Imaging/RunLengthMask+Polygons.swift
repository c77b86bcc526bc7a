import Platform

extension RunLengthMask {
  /// Coordinates further out than this are taken for damage: outlines are walked point by point.
  private static func maximumCoordinate(width: Int, height: Int) -> Double {
    Double(2 * max(width, height) + 1000)
  }

  /// The union of polygons, each a flat list `x0, y0, x1, y1 ...` of pixel coordinates, drawn
  /// exactly as COCO's own tools draw them. A list of four numbers is a box `x, y, width, height`,
  /// as it is there.
  ///
  /// - Throws: ``ReportableError`` when a list is too short, odd, or has impossible coordinates.
  public init(width: Int, height: Int, polygons: [[Double]]) throws {
    _ = try Self.pixelCount(width: width, height: height)
    let limit = Self.maximumCoordinate(width: width, height: height)
    var union: RunLengthMask?
    for coordinates in polygons {
      guard coordinates.count >= 4, coordinates.count % 2 == 0 else {
        throw ReportableError(
          .badData, "a polygon of \(coordinates.count) numbers is none; give pairs of x and y")
      }
      guard coordinates.allSatisfy({ abs($0) <= limit }) else {
        throw ReportableError(
          .badData,
          "a polygon of a picture of \(width)x\(height) pixels goes beyond \(Int(limit))")
      }
      let outline = coordinates.count == 4 ? Self.corners(coordinates) : coordinates
      let part = Self.drawn(outline, width: width, height: height)
      union = union?.union(part) ?? part
    }
    self = union ?? RunLengthMask(width: width, height: height, validCounts: [width * height])
  }

  private static func corners(_ box: [Double]) -> [Double] {
    let (left, top) = (box[0], box[1])
    let (right, bottom) = (left + box[2], top + box[3])
    return [left, top, left, bottom, right, bottom, right, top]
  }

  /// One polygon. Its outline is walked on a grid five times as fine; wherever it crosses the
  /// middle of a pixel column, the pixels below change from outside to inside or back.
  private static func drawn(_ coordinates: [Double], width: Int, height: Int) -> RunLengthMask {
    let scale = 5.0
    let vertices = stride(from: 0, to: coordinates.count, by: 2).map {
      (x: Int(scale * coordinates[$0] + 0.5), y: Int(scale * coordinates[$0 + 1] + 0.5))
    }
    var changes: [Int] = []
    var previous: (x: Int, y: Int)?
    func visit(_ x: Int, _ y: Int) {
      defer { previous = (x, y) }
      guard let last = previous, last.x != x else { return }
      // Fine columns 2, 7, 12 ... are the middles of the coarse ones.
      let fineColumn = min(last.x, x)
      guard fineColumn >= 0, fineColumn % 5 == 2, fineColumn / 5 < width else { return }
      let row = (Double(min(last.y, y)) + 0.5) / scale - 0.5
      changes.append(fineColumn / 5 * height + Int(min(max(row, 0), Double(height)).rounded(.up)))
    }
    for index in vertices.indices {
      walk(from: vertices[index], to: vertices[(index + 1) % vertices.count], visit)
    }
    return RunLengthMask(
      width: width, height: height,
      validCounts: runs(betweenChanges: changes.sorted(), total: width * height))
  }

  /// All fine points from one vertex to the next, one per step in the longer direction. The other
  /// coordinate is always reckoned from the smaller end, so that both directions visit the same
  /// points, and is rounded towards zero after adding a half, also where it is negative.
  private static func walk(
    from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ visit: (Int, Int) -> Void
  ) {
    let (dx, dy) = (abs(end.x - start.x), abs(end.y - start.y))
    if dx == 0 && dy == 0 {
      visit(start.x, start.y)
    } else if dx >= dy {
      let (low, high) = start.x <= end.x ? (start, end) : (end, start)
      let slope = Double(high.y - low.y) / Double(dx)
      for step in 0...dx {
        let t = start.x <= end.x ? step : dx - step
        visit(low.x + t, Int(Double(low.y) + slope * Double(t) + 0.5))
      }
    } else {
      let (low, high) = start.y <= end.y ? (start, end) : (end, start)
      let slope = Double(high.x - low.x) / Double(dy)
      for step in 0...dy {
        let t = start.y <= end.y ? step : dy - step
        visit(Int(Double(low.x) + slope * Double(t) + 0.5), low.y + t)
      }
    }
  }

  /// Differences of sorted positions; two changes at one position cancel out.
  private static func runs(betweenChanges changes: [Int], total: Int) -> [Int] {
    var counts: [Int] = []
    var position = 0
    var mergesNext = false
    for change in changes + [total] {
      let run = change - position
      position = change
      if mergesNext, !counts.isEmpty {
        counts[counts.count - 1] += run
        mergesNext = false
      } else if run > 0 || counts.isEmpty {
        counts.append(run)
      } else {
        mergesNext = true
      }
    }
    return counts
  }
}
