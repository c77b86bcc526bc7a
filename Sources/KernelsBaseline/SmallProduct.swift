/// The matrix product inside attention: `C[i, j] = start + Σ_k L[i, k] R[k, j]`, vectors along `j`.
///
/// `L` is read one number at a time with any strides, so that keys, values and probabilities need no
/// packing; the columns of `R` and `C` are whole vectors. Both operands are words of `Arithmetic`.
struct SmallProduct<Arithmetic: TileArithmetic> {
  var rowCount: Int
  /// Words of a sum.
  var depth: Int
  /// Columns in vectors.
  var vectorCount: Int
  var left: UnsafePointer<Float>
  /// Distances between rows and between steps along `k` in `left`.
  var leftRowStride: Int
  var leftStep: Int
  var right: UnsafePointer<Float>
  var rightStride: Int
  var result: UnsafeMutablePointer<Float>
  var resultStride: Int

  /// What the sums begin with.
  enum Start {
    case zero
    case result
    /// The result so far, times one factor per column.
    case scaledResult(UnsafePointer<Float>)
  }

  /// Products whose steps along `k` are neighbours in `left`.
  @inline(never)
  func runAlongRows(_ start: Start) {
    var product = self
    product.leftStep = 1
    product.run(start)
  }

  /// Products whose rows are neighbours in `left`.
  @inline(never)
  func runAlongColumns(_ start: Start) {
    var product = self
    product.leftRowStride = 1
    product.run(start)
  }

  @inline(__always)
  private func run(_ start: Start) {
    var column = 0
    while column &+ 2 <= vectorCount {
      runPanel(DoubleColumns<Vector, Arithmetic>.self, column: column &* vectorWidth, start)
      column &+= 2
    }
    if column < vectorCount {
      runPanel(SingleColumns<Vector, Arithmetic>.self, column: column &* vectorWidth, start)
    }
  }

  @inline(__always)
  private func runPanel<Columns: ScalableColumns>(
    _: Columns.Type, column: Int, _ start: Start
  ) {
    var row = 0
    // Rather two medium tiles than a tall and a short one, whose few sums keep multipliers waiting.
    let tall = TallTile<Columns>.height
    let medium = MediumTile<Columns>.height
    let tallEnd =
      rowCount % tall == 2 &* medium &- tall && rowCount > tall ? rowCount &- 2 &* medium : rowCount
    while row &+ tall <= tallEnd {
      runTile(TallTile<Columns>.self, row: row, column: column, start)
      row &+= tall
    }
    while row &+ medium <= rowCount {
      runTile(MediumTile<Columns>.self, row: row, column: column, start)
      row &+= medium
    }
    while row &+ ShortTile<Columns>.height <= rowCount {
      runTile(ShortTile<Columns>.self, row: row, column: column, start)
      row &+= ShortTile<Columns>.height
    }
    while row < rowCount {
      runTile(OneRow<Columns>.self, row: row, column: column, start)
      row &+= 1
    }
  }

  @inline(__always)
  private func runTile<Tile: StridedTile>(_: Tile.Type, row: Int, column: Int, _ start: Start) {
    let target = result + (row &* resultStride &+ column)
    var tile = Tile()
    switch start {
    case .zero: break
    case .result: tile.load(target, stride: resultStride)
    case .scaledResult(let factors):
      tile.load(target, stride: resultStride)
      tile.scale(by: Tile.Columns(loading: factors + column))
    }
    var leftNumbers = left + row &* leftRowStride
    var rightVectors = right + column
    for _ in 0..<depth {
      tile.add(leftNumbers, stride: leftRowStride, times: Tile.Columns(loading: rightVectors))
      leftNumbers += leftStep
      rightVectors += rightStride
    }
    tile.write(to: target, stride: resultStride)
  }
}

/// Columns that can be multiplied by factors of their own.
protocol ScalableColumns: TileColumns {
  mutating func scale(by factors: Self)
}

extension SingleColumns: ScalableColumns where Element == Vector, Arithmetic: TileArithmetic {
  @inline(__always) mutating func scale(by factors: Self) { first *= factors.first }
}

extension DoubleColumns: ScalableColumns where Element == Vector, Arithmetic: TileArithmetic {
  @inline(__always) mutating func scale(by factors: Self) {
    first *= factors.first
    second *= factors.second
  }
}

/// A tile whose sums can be taken up again.
protocol StridedTile: ProductTile where Columns: ScalableColumns {
  mutating func load(_ source: UnsafePointer<Float>, stride: Int)
  mutating func scale(by factors: Columns)
}

extension OneRow: StridedTile where Columns: ScalableColumns {
  @inline(__always) mutating func load(_ source: UnsafePointer<Float>, stride _: Int) {
    columns = Columns(loading: source)
  }

  @inline(__always) mutating func scale(by factors: Columns) { columns.scale(by: factors) }
}

extension Stacked: StridedTile where Upper: StridedTile, Lower: StridedTile {
  @inline(__always) mutating func load(_ source: UnsafePointer<Float>, stride: Int) {
    upper.load(source, stride: stride)
    lower.load(source + Upper.height &* stride, stride: stride)
  }

  @inline(__always) mutating func scale(by factors: Upper.Columns) {
    upper.scale(by: factors)
    lower.scale(by: factors)
  }
}
