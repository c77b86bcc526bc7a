import Platform

/// A mask as alternating runs, COCO's form: pixels are taken column by column from the top left,
/// the first run is of zeros (and may be empty).
public struct RunLengthMask: Hashable, Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows. Files give sizes as `[height, width]`.
  public let height: Int
  /// Lengths of the runs: zeros, ones, zeros ... Their sum is `width * height`.
  public let counts: [Int]

  /// Larger masks are taken for damage.
  static let maximumPixelCount = 1 << 28

  /// A mask with runs from a file.
  ///
  /// - Throws: ``ReportableError`` when a run is negative or they don't add up to the size.
  public init(width: Int, height: Int, counts: [Int]) throws {
    let pixelCount = try Self.pixelCount(width: width, height: height)
    var sum = 0
    for count in counts {
      guard count >= 0, count <= pixelCount - sum else {
        throw ReportableError(
          .badData,
          "a run of \(count) pixels doesn't fit in a mask of \(width)x\(height); correct its counts"
        )
      }
      sum += count
    }
    guard sum == pixelCount else {
      throw ReportableError(
        .badData,
        "runs of \(sum) pixels don't fill a mask of \(width)x\(height); correct its counts or size")
    }
    self.init(width: width, height: height, validCounts: counts)
  }

  /// - Precondition: the counts are known to fill the size.
  init(width: Int, height: Int, validCounts: [Int]) {
    self.width = width
    self.height = height
    self.counts = validCounts
  }

  /// The runs of `mask`.
  public init(_ mask: Mask) {
    var counts: [Int] = []
    var current = false
    var run = 0
    mask.elements.withUnsafeBufferPointer { elements in
      for x in 0..<mask.width {
        var index = x
        for _ in 0..<mask.height {
          if elements[index] != current {
            counts.append(run)
            run = 0
            current.toggle()
          }
          run += 1
          index += mask.width
        }
      }
    }
    counts.append(run)
    self.init(width: mask.width, height: mask.height, validCounts: counts)
  }

  /// Checks a size from a file.
  static func pixelCount(width: Int, height: Int) throws -> Int {
    let (product, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, product <= maximumPixelCount else {
      throw ReportableError(.badData, "a mask can't be \(width)x\(height) pixels; correct its size")
    }
    return product
  }

  /// The same mask pixel by pixel.
  public var mask: Mask {
    var mask = Mask(width: width, height: height, repeating: false)
    mask.elements.withUnsafeMutableBufferPointer { elements in
      forEachRun { start, end in
        var (x, y) = (start / height, start % height)
        for _ in start..<end {
          elements[y * width + x] = true
          y += 1
          if y == height {
            y = 0
            x += 1
          }
        }
      }
    }
    return mask
  }

  /// The number of set pixels.
  public var area: Int {
    var area = 0
    forEachRun { area += $1 - $0 }
    return area
  }

  /// The smallest box around the set pixels; all zero for an empty mask.
  public var box: Box {
    var (left, top, right, bottom) = (width, height, 0, 0)
    forEachRun { start, end in
      let (first, last) = (start / height, (end - 1) / height)
      left = min(left, first)
      right = max(right, last + 1)
      // A run into the next column covers the last row of one and the first of the other.
      top = first == last ? min(top, start % height) : 0
      bottom = first == last ? max(bottom, (end - 1) % height + 1) : height
    }
    guard right > 0 else { return Box(left: 0, top: 0, right: 0, bottom: 0) }
    return Box(
      left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom))
  }

  /// Calls `body` with the positions (column-major) where each run of ones begins and ends.
  func forEachRun(_ body: (_ start: Int, _ end: Int) -> Void) {
    var position = 0
    for (index, count) in counts.enumerated() {
      if index % 2 == 1, count > 0 { body(position, position + count) }
      position += count
    }
  }
}
