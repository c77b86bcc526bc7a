/// A tile fresh from the registers, in a small buffer, and the part of the result it stands for.
/// The passes over it work in the first-level cache; each is a few cycles beside the tile's sums.
struct TileWindow {
  /// Rows of `width` floats.
  let values: UnsafeMutablePointer<Float>
  let width: Int
  /// Rows and columns of the result; the buffer may hold more of both, which mean nothing.
  let rows: Range<Int>
  let columns: Range<Int>

  /// Adds `[row, column]` of `matrix`.
  @inline(__always) func add(_ matrix: UnsafePointer<Float>, leadingDimension: Int) {
    forEachVector { vector, count, row, column in
      let source = matrix + (row * leadingDimension + column)
      return vector + (count == vectorWidth ? load(source) : load(source, count: count))
    }
  }

  /// Adds `[column]` of `vector` to every row.
  @inline(__always) func addToRows(_ values: UnsafePointer<Float>) {
    add(values, leadingDimension: 0)
  }

  /// Adds `[row / rowsPerSample, column]` of `matrix`, whose rows are `leadingDimension` apart.
  @inline(__always)
  func addPerSample(
    _ matrix: UnsafePointer<Float>, leadingDimension: Int, rowsPerSample: Int
  ) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      let sample = start / rowsPerSample
      let end = start + min(rows.upperBound - start, rowsPerSample - start % rowsPerSample)
      let part = TileWindow(
        values: values + (start - rows.lowerBound) * width, width: width, rows: start..<end,
        columns: columns)
      part.addToRows(matrix + sample * leadingDimension)
      start = end
    }
  }

  @inline(__always) func apply(_ function: (Vector) -> Vector) {
    forEachVector { vector, _, _, _ in function(vector) }
  }

  /// Writes to `[row, column]` of `matrix`.
  @inline(__always)
  func write(to matrix: UnsafeMutablePointer<Float>, leadingDimension: Int) {
    var column = columns.lowerBound
    var source = values
    while column < columns.upperBound {
      let count = min(vectorWidth, columns.upperBound - column)
      var value = source
      var target = matrix + (rows.lowerBound * leadingDimension + column)
      for _ in rows {
        if count == vectorWidth {
          store(load(value), target)
        } else {
          store(load(value), target, count: count)
        }
        value += width
        target += leadingDimension
      }
      column += vectorWidth
      source += vectorWidth
    }
  }

  /// Replaces every vector by `body(vector, lanes that count, row, column)`.
  @inline(__always)
  private func forEachVector(_ body: (Vector, Int, Int, Int) -> Vector) {
    var column = columns.lowerBound
    var first = values
    while column < columns.upperBound {
      let count = min(vectorWidth, columns.upperBound - column)
      var value = first
      if count == vectorWidth {
        for row in rows {
          store(body(load(value), vectorWidth, row, column), value)
          value += width
        }
      } else {
        for row in rows {
          store(body(load(value), count, row, column), value)
          value += width
        }
      }
      column += vectorWidth
      first += vectorWidth
    }
  }
}
