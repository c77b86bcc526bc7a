/// The matrix product inside attention: `C[i, j] = start + Σ_k L[i, k] R[k, j]`, vectors along `j`.
///
/// `L` is read one number at a time with any strides, so that keys, values and probabilities need no
/// packing; the columns of `R` and `C` are whole vectors.
struct SmallProduct {
  var rowCount: Int
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
      runPanel(VectorPair.self, column: column &* vectorWidth, start)
      column &+= 2
    }
    if column < vectorCount {
      runPanel(SingleVector.self, column: column &* vectorWidth, start)
    }
  }

  @inline(__always)
  private func runPanel<Columns: TileColumns>(
    _: Columns.Type, column: Int, _ start: Start
  ) {
    var row = 0
    #if KERNELS_AVX512
      while row &+ 8 <= rowCount {
        runTile(EightRows<Columns>.self, row: row, column: column, start)
        row &+= 8
      }
    #endif
    while row &+ 4 <= rowCount {
      runTile(FourRows<Columns>.self, row: row, column: column, start)
      row &+= 4
    }
    while row < rowCount {
      runTile(OneRow<Columns>.self, row: row, column: column, start)
      row &+= 1
    }
  }

  @inline(__always)
  private func runTile<Rows: TileRows>(_: Rows.Type, row: Int, column: Int, _ start: Start) {
    let target = result + (row &* resultStride &+ column)
    var rows: Rows
    switch start {
    case .zero:
      rows = Rows(.zero)
    case .result:
      rows = Rows(target, resultStride)
    case .scaledResult(let factors):
      rows = Rows(target, resultStride)
      rows.scale(Rows.Columns(factors + column))
    }
    var leftNumbers = left + row &* leftRowStride
    var rightVectors = right + column
    for _ in 0..<depth {
      rows.add(leftNumbers, leftRowStride, Rows.Columns(rightVectors))
      leftNumbers += leftStep
      rightVectors += rightStride
    }
    rows.store(target, resultStride)
  }
}

/// The vectors that one row of a register tile consists of.
protocol TileColumns {
  static var zero: Self { get }
  init(_ pointer: UnsafePointer<Float>)
  mutating func add(_ factor: Float, _ other: Self)
  mutating func scale(_ factors: Self)
  func store(_ pointer: UnsafeMutablePointer<Float>)
}

struct SingleVector: TileColumns {
  var a: Vector

  @inline(__always) static var zero: Self { Self(a: .zero) }
  @inline(__always) init(a: Vector) { self.a = a }
  @inline(__always) init(_ pointer: UnsafePointer<Float>) { a = load(pointer) }

  @inline(__always)
  mutating func add(_ factor: Float, _ other: Self) {
    a = multiplyAdd(Vector(repeating: factor), other.a, a)
  }

  @inline(__always) mutating func scale(_ factors: Self) { a *= factors.a }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: a, as: Vector.self)
  }
}

struct VectorPair: TileColumns {
  var a: SingleVector
  var b: SingleVector

  @inline(__always) static var zero: Self { Self(a: .zero, b: .zero) }
  @inline(__always) init(a: SingleVector, b: SingleVector) { (self.a, self.b) = (a, b) }

  @inline(__always)
  init(_ pointer: UnsafePointer<Float>) {
    a = SingleVector(pointer)
    b = SingleVector(pointer + vectorWidth)
  }

  @inline(__always)
  mutating func add(_ factor: Float, _ other: Self) {
    a.add(factor, other.a)
    b.add(factor, other.b)
  }

  @inline(__always)
  mutating func scale(_ factors: Self) {
    a.scale(factors.a)
    b.scale(factors.b)
  }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>) {
    a.store(pointer)
    b.store(pointer + vectorWidth)
  }
}

/// The rows of a register tile.
protocol TileRows {
  associatedtype Columns: TileColumns
  init(_ value: Columns)
  init(_ pointer: UnsafePointer<Float>, _ stride: Int)
  /// Adds the outer product of the numbers at `left`, `stride` apart, and `right`.
  mutating func add(_ left: UnsafePointer<Float>, _ stride: Int, _ right: Columns)
  mutating func scale(_ factors: Columns)
  func store(_ pointer: UnsafeMutablePointer<Float>, _ stride: Int)
}

struct OneRow<Columns: TileColumns>: TileRows {
  var row: Columns

  @inline(__always) init(_ value: Columns) { row = value }
  @inline(__always) init(_ pointer: UnsafePointer<Float>, _: Int) { row = Columns(pointer) }

  @inline(__always)
  mutating func add(_ left: UnsafePointer<Float>, _: Int, _ right: Columns) {
    row.add(left[0], right)
  }

  @inline(__always) mutating func scale(_ factors: Columns) { row.scale(factors) }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>, _: Int) { row.store(pointer) }
}

struct FourRows<Columns: TileColumns>: TileRows {
  var rows: (Columns, Columns, Columns, Columns)

  @inline(__always) init(_ value: Columns) { rows = (value, value, value, value) }

  @inline(__always)
  init(_ pointer: UnsafePointer<Float>, _ stride: Int) {
    rows = (
      Columns(pointer), Columns(pointer + stride), Columns(pointer + 2 &* stride),
      Columns(pointer + 3 &* stride)
    )
  }

  @inline(__always)
  mutating func add(_ left: UnsafePointer<Float>, _ stride: Int, _ right: Columns) {
    rows.0.add(left[0], right)
    rows.1.add(left[stride], right)
    rows.2.add(left[2 &* stride], right)
    rows.3.add(left[3 &* stride], right)
  }

  @inline(__always)
  mutating func scale(_ factors: Columns) {
    rows.0.scale(factors)
    rows.1.scale(factors)
    rows.2.scale(factors)
    rows.3.scale(factors)
  }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>, _ stride: Int) {
    rows.0.store(pointer)
    rows.1.store(pointer + stride)
    rows.2.store(pointer + 2 &* stride)
    rows.3.store(pointer + 3 &* stride)
  }
}

struct EightRows<Columns: TileColumns>: TileRows {
  var upper: FourRows<Columns>
  var lower: FourRows<Columns>

  @inline(__always)
  init(_ value: Columns) {
    upper = FourRows(value)
    lower = FourRows(value)
  }

  @inline(__always)
  init(_ pointer: UnsafePointer<Float>, _ stride: Int) {
    upper = FourRows(pointer, stride)
    lower = FourRows(pointer + 4 &* stride, stride)
  }

  @inline(__always)
  mutating func add(_ left: UnsafePointer<Float>, _ stride: Int, _ right: Columns) {
    upper.add(left, stride, right)
    lower.add(left + 4 &* stride, stride, right)
  }

  @inline(__always)
  mutating func scale(_ factors: Columns) {
    upper.scale(factors)
    lower.scale(factors)
  }

  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>, _ stride: Int) {
    upper.store(pointer, stride)
    lower.store(pointer + 4 &* stride, stride)
  }
}
