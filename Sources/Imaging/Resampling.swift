import Platform

/// The part of a raster that is resampled, and its new size.
struct ResamplingGeometry {
  let width: Int
  let height: Int
  let newWidth: Int
  let newHeight: Int
  private let left: Float
  private let top: Float
  private let right: Float
  private let bottom: Float

  init(width: Int, height: Int, newWidth: Int, newHeight: Int, box: Box?) {
    require(newWidth > 0 && newHeight > 0, "can't resize to \(newWidth)x\(newHeight)")
    self.width = width
    self.height = height
    self.newWidth = newWidth
    self.newHeight = newHeight
    left = Float(box?.left ?? 0)
    top = Float(box?.top ?? 0)
    right = Float(box?.right ?? Double(width))
    bottom = Float(box?.bottom ?? Double(height))
    require(
      left >= 0 && top >= 0 && left < right && top < bottom && right <= Float(width)
        && bottom <= Float(height),
      "the box \(left), \(top), \(right), \(bottom) is empty or leaves the \(width)x\(height) raster"
    )
  }

  /// Which pass comes first decides some roundings. This is the choice of Pillow 13; before, the
  /// pass along rows always was the first.
  var resamplesColumnsFirst: Bool {
    changesColumns && changesRows && newHeight < height
      && 2 * (newWidth - width) > newHeight - height
  }

  var changesColumns: Bool { newWidth != width || left != 0 || right != Float(width) }
  var changesRows: Bool { newHeight != height || top != 0 || bottom != Float(height) }

  func columnWeights(_ filter: ResizeFilter) -> ResamplingWeights {
    ResamplingWeights(sourceCount: width, from: left, to: right, count: newWidth, filter: filter)
  }

  func rowWeights(_ filter: ResizeFilter) -> ResamplingWeights {
    ResamplingWeights(sourceCount: height, from: top, to: bottom, count: newHeight, filter: filter)
  }

  var nearestColumns: [Int] {
    ResamplingWeights.nearestIndices(sourceCount: width, from: left, to: right, count: newWidth)
  }

  var nearestRows: [Int] {
    ResamplingWeights.nearestIndices(sourceCount: height, from: top, to: bottom, count: newHeight)
  }

  /// Picks the nearest pixels; `samples` has `channels` elements a pixel.
  func nearest<Element>(_ samples: [Element], channels: Int) -> [Element] {
    let (columns, rows) = (nearestColumns, nearestRows)
    let total = newWidth * newHeight * channels
    return [Element](unsafeUninitializedCapacity: total) { output, count in
      samples.withUnsafeBufferPointer { input in
        for y in rows {
          for x in columns {
            let source = (y * width + x) * channels
            for channel in 0..<channels {
              output.initializeElement(at: count, to: input[source + channel])
              count += 1
            }
          }
        }
      }
    }
  }

  /// Convolves 8-bit samples in two passes with fixed-point weights, `channels` to a pixel.
  func convolved(_ samples: [UInt8], channels: Int, filter: ResizeFilter) -> [UInt8] {
    guard filter != .nearest else { return nearest(samples, channels: channels) }
    let rows = changesRows ? rowWeights(filter) : nil
    if resamplesColumnsFirst, let rows {
      return FixedPointResampling.horizontal(
        FixedPointResampling.vertical(
          samples, rowLength: width * channels, firstRow: 0, weights: rows),
        width: width, rows: 0..<newHeight, channels: channels, weights: columnWeights(filter))
    }
    // The first pass only makes the rows that the second one reads.
    let usedRows = rows?.sourceRange ?? 0..<height
    var current = samples
    var firstRow = 0
    if changesColumns {
      current = FixedPointResampling.horizontal(
        samples, width: width, rows: usedRows, channels: channels, weights: columnWeights(filter))
      firstRow = usedRows.lowerBound
    }
    if let rows {
      current = FixedPointResampling.vertical(
        current, rowLength: newWidth * channels, firstRow: firstRow, weights: rows)
    }
    return current
  }

  /// Convolves floating-point samples in two passes; sums are in Double, passes meet in Float.
  func convolved(_ samples: [Float], filter: ResizeFilter) -> [Float] {
    guard filter != .nearest else { return nearest(samples, channels: 1) }
    let rows = changesRows ? rowWeights(filter) : nil
    if resamplesColumnsFirst, let rows {
      return FloatResampling.horizontal(
        FloatResampling.vertical(samples, width: width, firstRow: 0, weights: rows),
        width: width, rows: 0..<newHeight, weights: columnWeights(filter))
    }
    let usedRows = rows?.sourceRange ?? 0..<height
    var current = samples
    var firstRow = 0
    if changesColumns {
      current = FloatResampling.horizontal(
        samples, width: width, rows: usedRows, weights: columnWeights(filter))
      firstRow = usedRows.lowerBound
    }
    if let rows {
      current = FloatResampling.vertical(
        current, width: newWidth, firstRow: firstRow, weights: rows)
    }
    return current
  }
}

/// The two passes over 8-bit samples.
private enum FixedPointResampling {
  private static let half = Int32(1) << (ResamplingWeights.precisionBits - 1)

  @inline(__always)
  private static func clipped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(sum >> ResamplingWeights.precisionBits, 0), 255))
  }

  static func horizontal(
    _ samples: [UInt8], width: Int, rows: Range<Int>, channels: Int, weights: ResamplingWeights
  ) -> [UInt8] {
    let (newWidth, fixed) = (weights.starts.count, weights.fixedPoint)
    let total = rows.count * newWidth * channels
    return [UInt8](unsafeUninitializedCapacity: total) { output, count in
      samples.withUnsafeBufferPointer { samples in
        fixed.withUnsafeBufferPointer { fixed in
          var target = 0
          for row in rows {
            for x in 0..<newWidth {
              var source = (row * width + weights.starts[x]) * channels
              let kernel = x * weights.stride
              if channels == 3 {
                var (red, green, blue) = (half, half, half)
                for index in kernel..<(kernel + weights.counts[x]) {
                  let weight = fixed[index]
                  red &+= Int32(samples[source]) &* weight
                  green &+= Int32(samples[source + 1]) &* weight
                  blue &+= Int32(samples[source + 2]) &* weight
                  source += 3
                }
                output[target] = clipped(red)
                output[target + 1] = clipped(green)
                output[target + 2] = clipped(blue)
              } else {
                var sum = half
                for index in kernel..<(kernel + weights.counts[x]) {
                  sum &+= Int32(samples[source]) &* fixed[index]
                  source += 1
                }
                output[target] = clipped(sum)
              }
              target += channels
            }
          }
        }
      }
      count = total
    }
  }

  static func vertical(
    _ samples: [UInt8], rowLength: Int, firstRow: Int, weights: ResamplingWeights
  ) -> [UInt8] {
    let (newHeight, fixed) = (weights.starts.count, weights.fixedPoint)
    var sums = [Int32](repeating: 0, count: rowLength)
    return [UInt8](unsafeUninitializedCapacity: newHeight * rowLength) { output, count in
      samples.withUnsafeBufferPointer { samples in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<newHeight {
            sums.update(repeating: half)
            for offset in 0..<weights.counts[y] {
              let weight = fixed[y * weights.stride + offset]
              let source = (weights.starts[y] - firstRow + offset) * rowLength
              for x in 0..<rowLength { sums[x] &+= Int32(samples[source + x]) &* weight }
            }
            for x in 0..<rowLength { output[y * rowLength + x] = clipped(sums[x]) }
          }
        }
      }
      count = newHeight * rowLength
    }
  }
}

/// The two passes over floating-point samples.
private enum FloatResampling {
  static func horizontal(
    _ samples: [Float], width: Int, rows: Range<Int>, weights: ResamplingWeights
  ) -> [Float] {
    var output: [Float] = []
    output.reserveCapacity(rows.count * weights.starts.count)
    for row in rows {
      for x in weights.starts.indices {
        let source = row * width + weights.starts[x]
        var sum = 0.0
        for offset in 0..<weights.counts[x] {
          sum += Double(samples[source + offset]) * weights.values[x * weights.stride + offset]
        }
        output.append(Float(sum))
      }
    }
    return output
  }

  static func vertical(
    _ samples: [Float], width: Int, firstRow: Int, weights: ResamplingWeights
  ) -> [Float] {
    var output: [Float] = []
    output.reserveCapacity(weights.starts.count * width)
    for y in weights.starts.indices {
      let source = (weights.starts[y] - firstRow) * width
      for x in 0..<width {
        var sum = 0.0
        for offset in 0..<weights.counts[y] {
          sum +=
            Double(samples[source + offset * width + x])
            * weights.values[y * weights.stride + offset]
        }
        output.append(Float(sum))
      }
    }
    return output
  }
}
