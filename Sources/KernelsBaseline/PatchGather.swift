import KernelInterface

extension LeftOperand {
  /// Copies columns `columns` of rows `rows` to a block whose rows are `stride` floats apart.
  func gather(
    rows: Range<Int>, columns: Range<Int>, into block: UnsafeMutablePointer<Float>, stride: Int
  ) {
    switch self {
    case .matrix(let values, let leadingDimension):
      var source = values + rows.lowerBound * leadingDimension + columns.lowerBound
      var row = block
      for _ in rows {
        copyFloats(source, to: row, count: columns.count)
        source += leadingDimension
        row += stride
      }
    case .patches(let map, let geometry):
      guard !rows.isEmpty, !columns.isEmpty else { return }
      geometry.gatherPatches(of: map, rows: rows, columns: columns, into: block, stride: stride)
    }
  }
}

extension ConvolutionGeometry {
  /// Columns `columns` of the patches of output pixels `rows`. One line of the kernel reads one run of
  /// neighbouring floats of the map; what hangs over its sides is zero.
  fileprivate func gatherPatches(
    of map: UnsafePointer<Float>, rows: Range<Int>, columns: Range<Int>,
    into block: UnsafeMutablePointer<Float>, stride blockStride: Int
  ) {
    let runLength = kernelWidth * inputChannels
    let lineLength = inputWidth * inputChannels
    var pixel = OutputPixel(rows.lowerBound, of: self)
    var patch = block
    for _ in rows {
      let sample = map + pixel.sample * inputHeight * lineLength
      // Where the kernel's first column lies in a line of the map, in floats.
      let runOffset = (pixel.x * stride - paddingLeft) * inputChannels
      var ky = columns.lowerBound / runLength
      var skipped = columns.lowerBound - ky * runLength
      var done = 0
      while done < columns.count {
        let count = min(runLength - skipped, columns.count - done)
        let destination = patch + done
        let y = pixel.y * stride + ky - paddingTop
        let first = runOffset + skipped
        if y < 0 || y >= inputHeight {
          zeroFloats(destination, count: count)
        } else {
          let line = sample + y * lineLength
          if first >= 0 && first + count <= lineLength {
            copyFloats(line + first, to: destination, count: count)
          } else {
            let before = min(count, max(0, -first))
            let after = min(count - before, max(0, first + count - lineLength))
            let inside = count - before - after
            zeroFloats(destination, count: before)
            if inside > 0 {
              copyFloats(line + (first + before), to: destination + before, count: inside)
            }
            zeroFloats(destination + (before + inside), count: after)
          }
        }
        done += count
        skipped = 0
        ky += 1
      }
      pixel.advance(in: self)
      patch += blockStride
    }
  }
}

/// A walk over output pixels in memory order.
struct OutputPixel {
  var sample: Int
  var y: Int
  var x: Int

  @inline(__always) init(_ index: Int, of geometry: ConvolutionGeometry) {
    let line = index / geometry.outputWidth
    x = index - line * geometry.outputWidth
    sample = line / geometry.outputHeight
    y = line - sample * geometry.outputHeight
  }

  @inline(__always) mutating func advance(in geometry: ConvolutionGeometry) {
    x += 1
    if x == geometry.outputWidth {
      x = 0
      y += 1
      if y == geometry.outputHeight {
        y = 0
        sample += 1
      }
    }
  }
}
