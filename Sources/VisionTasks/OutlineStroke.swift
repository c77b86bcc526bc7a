import Imaging

/// How wide strokes appear.
enum OutlineStroke {
  /// A stretch of set pixels along a row or column.
  private struct Run {
    var length: Int32 = 0
    /// Whether it may go on outside the picture.
    var isCut = false
  }

  /// The median width of what is at most twice as wide as painted, by length; nil when there is too
  /// little of it.
  ///
  /// A pixel's width is the shorter of the two runs, across and down, it is part of. Strokes along
  /// the border may be cut and don't count, unless there is nothing else: then the width is `nominal`.
  static func width(in mask: Mask, nominal: Int, minimumLength: Int) -> Int? {
    let (width, height) = (mask.width, mask.height)
    let widest = 2 * nominal + 1
    var across = [Run](repeating: Run(), count: width * height)
    for y in 0..<height {
      forEachRun(in: mask, from: y * width, step: 1, count: width) { indices, run in
        for index in indices { across[index] = run }
      }
    }
    var counts = [Int](repeating: 0, count: widest + 1)
    var cutCounts = counts
    for x in 0..<width {
      forEachRun(in: mask, from: x, step: width, count: height) { indices, down in
        for index in indices {
          let run = down.length < across[index].length ? down : across[index]
          if run.length > widest { continue }
          if run.isCut {
            cutCounts[Int(run.length)] += 1
          } else {
            counts[Int(run.length)] += 1
          }
        }
      }
    }
    let lengths = counts.enumerated().map { $0.element / max(1, $0.offset) }
    let total = lengths.reduce(0, +)
    guard total >= minimumLength else {
      let cut = cutCounts.enumerated().reduce(0) { $0 + $1.element / max(1, $1.offset) }
      return total + cut >= minimumLength ? nominal : nil
    }
    var below = 0
    for (run, length) in lengths.enumerated() {
      below += length
      if 2 * below >= total { return max(1, run) }
    }
    return nil
  }

  /// Visits the runs of set pixels among `count` pixels that are `step` apart.
  private static func forEachRun(
    in mask: Mask, from start: Int, step: Int, count: Int,
    _ body: (_ indices: StrideTo<Int>, _ run: Run) -> Void
  ) {
    var position = 0
    while position < count {
      guard mask.elements[start + position * step] else {
        position += 1
        continue
      }
      let first = position
      while position < count, mask.elements[start + position * step] { position += 1 }
      body(
        stride(from: start + first * step, to: start + position * step, by: step),
        Run(length: Int32(position - first), isCut: first == 0 || position == count))
    }
  }
}
