/// How much more of the outline's colour a painted picture shows than the original over whole
/// regions: a cast, which is no outline.
///
/// The median over windows much wider than strokes: it doesn't see what is thin, and where a cast
/// ends it ends too. It is taken of small squares' means, which are many times fewer than pixels.
struct OutlineBackground {
  private let columns: Int
  private let rows: Int
  private let grain: Int
  /// One for each square, `[rows, columns]`.
  private let medians: [Float]

  /// Windows reach this many squares to every side: about eight strokes.
  private static let reach = 16
  /// Values are told apart to this fineness, and to `-range...range` of it.
  private static let fineness: Float = 1 / 96
  private static let range = 96

  /// - Parameters:
  ///   - excess: what the painted picture shows more than the original, `[height, width]`.
  ///   - nominalWidth: of a stroke, in pixels; squares are half as wide.
  init(excess: [Float], width: Int, height: Int, nominalWidth: Int) {
    let grain = max(1, (nominalWidth + 1) / 2)
    self.grain = grain
    columns = (width + grain - 1) / grain
    rows = (height + grain - 1) / grain
    var sums = [Float](repeating: 0, count: columns * rows)
    for y in 0..<height {
      let row = y / grain * columns
      for x in 0..<width { sums[row + x / grain] += excess[y * width + x] }
    }
    var steps = [Int](repeating: 0, count: sums.count)
    for index in sums.indices {
      let (x, y) = (index % columns * grain, index / columns * grain)
      let count = min(grain, width - x) * min(grain, height - y)
      let mean = sums[index] / Float(count)
      steps[index] =
        min(Self.range, max(-Self.range, Int((mean / Self.fineness).rounded()))) + Self.range
    }
    medians = Self.runningMedians(steps, columns: columns, rows: rows)
      .map { Float($0 - Self.range) * Self.fineness }
  }

  /// The background at a pixel.
  subscript(x: Int, y: Int) -> Float { medians[y / grain * columns + x / grain] }

  /// T. S. Huang's algorithm: a histogram slides along each row, and its median with it.
  private static func runningMedians(_ steps: [Int], columns: Int, rows: Int) -> [Int] {
    var result = steps
    for y in 0..<rows {
      let window = max(0, y - reach)...min(rows - 1, y + reach)
      var histogram = [Int](repeating: 0, count: 2 * range + 1)
      var total = 0
      var median = 0
      // How many values lie below the median.
      var below = 0
      func count(column: Int, by sign: Int) {
        for row in window {
          let step = steps[row * columns + column]
          histogram[step] += sign
          if step < median { below += sign }
        }
        total += sign * window.count
      }
      for column in 0..<min(reach, columns) { count(column: column, by: 1) }
      for x in 0..<columns {
        if x + reach < columns { count(column: x + reach, by: 1) }
        if x - reach > 0 { count(column: x - reach - 1, by: -1) }
        while 2 * below > total {
          median -= 1
          below -= histogram[median]
        }
        while 2 * (below + histogram[median]) <= total {
          below += histogram[median]
          median += 1
        }
        result[y * columns + x] = median
      }
    }
    return result
  }
}
