/// The columns that one tile of a product covers: one or two vectors side by side.
///
/// The tile types are composed generically (`Stacked` rows of `Columns`) so that one spelling of the
/// inner loop serves every tile size; specialised, a tile is nothing but registers.
protocol TileColumns {
  static var width: Int { get }
  init()
  init(loading source: UnsafePointer<Float>)
  /// Adds the products of a word of the left operand, in every lane, with words of the right one.
  mutating func add(_ factor: Vector, times columns: Self)
  /// Adds floats.
  mutating func add(_ columns: Self)
  func write(to destination: UnsafeMutablePointer<Float>)
}

/// Storage of `OneVector`, whose products are `Arithmetic`'s. Generic, because the compiler gives a type of fixed layout copy functions
/// named after its size (`__swift_memcpy64_16`), compiled with this module's instruction set, and the
/// linker keeps one such function for the whole program.
struct SingleColumns<Element, Arithmetic> {
  var first: Element
}

/// Storage of `TwoVectors`.
struct DoubleColumns<Element, Arithmetic> {
  var first: Element
  var second: Element
}

typealias OneVector = SingleColumns<Vector, FloatArithmetic>
typealias TwoVectors = DoubleColumns<Vector, FloatArithmetic>

extension SingleColumns: TileColumns where Element == Vector, Arithmetic: TileArithmetic {
  @inline(__always) static var width: Int { Vector.scalarCount }

  @inline(__always) init() { self.init(first: .zero) }

  @inline(__always) init(loading source: UnsafePointer<Float>) {
    self.init(first: load(source))
  }

  @inline(__always) mutating func add(_ factor: Vector, times columns: Self) {
    first = Arithmetic.add(factor, times: columns.first, to: first)
  }

  @inline(__always) mutating func add(_ columns: Self) { first += columns.first }

  @inline(__always) func write(to destination: UnsafeMutablePointer<Float>) {
    store(first, destination)
  }
}

extension DoubleColumns: TileColumns where Element == Vector, Arithmetic: TileArithmetic {
  @inline(__always) static var width: Int { 2 * Vector.scalarCount }

  @inline(__always) init() { self.init(first: .zero, second: .zero) }

  @inline(__always) init(loading source: UnsafePointer<Float>) {
    self.init(first: load(source), second: load(source + Vector.scalarCount))
  }

  @inline(__always) mutating func add(_ factor: Vector, times columns: Self) {
    first = Arithmetic.add(factor, times: columns.first, to: first)
    second = Arithmetic.add(factor, times: columns.second, to: second)
  }

  @inline(__always) mutating func add(_ columns: Self) {
    first += columns.first
    second += columns.second
  }

  @inline(__always) func write(to destination: UnsafeMutablePointer<Float>) {
    store(first, destination)
    store(second, destination + Vector.scalarCount)
  }
}

/// Rows of a tile, whose sums stay in registers through the inner loop.
protocol ProductTile {
  associatedtype Columns: TileColumns
  static var height: Int { get }
  init()
  /// Adds the outer product of `height` factors, `stride` floats apart, with `columns`.
  mutating func add(_ factors: UnsafePointer<Float>, stride: Int, times columns: Columns)
  /// Adds `columns` to every row.
  mutating func add(_ columns: Columns)
  /// Adds floats in rows that begin `stride` apart.
  mutating func addRows(at source: UnsafePointer<Float>, stride: Int)
  /// Writes rows that begin `stride` floats apart.
  func write(to destination: UnsafeMutablePointer<Float>, stride: Int)
}

struct OneRow<Columns: TileColumns>: ProductTile {
  @inline(__always) static var height: Int { 1 }
  var columns = Columns()

  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ factors: UnsafePointer<Float>, stride: Int, times columns: Columns) {
    self.columns.add(Vector(repeating: factors.pointee), times: columns)
  }

  @inline(__always) mutating func add(_ columns: Columns) { self.columns.add(columns) }

  @inline(__always) mutating func addRows(at source: UnsafePointer<Float>, stride _: Int) {
    columns.add(Columns(loading: source))
  }

  @inline(__always) func write(to destination: UnsafeMutablePointer<Float>, stride _: Int) {
    columns.write(to: destination)
  }
}

/// One group of rows above another.
struct Stacked<Upper: ProductTile, Lower: ProductTile>: ProductTile
where Upper.Columns == Lower.Columns {
  @inline(__always) static var height: Int { Upper.height + Lower.height }
  var upper = Upper()
  var lower = Lower()

  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ factors: UnsafePointer<Float>, stride: Int, times columns: Upper.Columns) {
    upper.add(factors, stride: stride, times: columns)
    lower.add(factors + Upper.height * stride, stride: stride, times: columns)
  }

  @inline(__always) mutating func add(_ columns: Upper.Columns) {
    upper.add(columns)
    lower.add(columns)
  }

  @inline(__always) mutating func addRows(at source: UnsafePointer<Float>, stride: Int) {
    upper.addRows(at: source, stride: stride)
    lower.addRows(at: source + Upper.height * stride, stride: stride)
  }

  @inline(__always) func write(to destination: UnsafeMutablePointer<Float>, stride: Int) {
    upper.write(to: destination, stride: stride)
    lower.write(to: destination + Upper.height * stride, stride: stride)
  }
}

typealias TwoRows<Columns: TileColumns> = Stacked<OneRow<Columns>, OneRow<Columns>>
typealias FourRows<Columns: TileColumns> = Stacked<TwoRows<Columns>, TwoRows<Columns>>

#if KERNELS_AVX512 || arch(arm64)
  // 32 vector registers: 24 sums, two of the right operand, one factor.
  typealias ShortTile<Columns: TileColumns> = FourRows<Columns>
  typealias MediumTile<Columns: TileColumns> = Stacked<FourRows<Columns>, FourRows<Columns>>
  typealias TallTile<Columns: TileColumns> = Stacked<MediumTile<Columns>, FourRows<Columns>>
#else
  // 16 vector registers: 12 sums.
  typealias ShortTile<Columns: TileColumns> = TwoRows<Columns>
  typealias MediumTile<Columns: TileColumns> = FourRows<Columns>
  typealias TallTile<Columns: TileColumns> = Stacked<FourRows<Columns>, TwoRows<Columns>>
#endif

/// The height of the tile that suits `rows` remaining rows.
@inline(__always)
func registerTileHeight(covering rows: Int) -> Int {
  rows > MediumTile<OneVector>.height
    ? TallTile<OneVector>.height
    : rows > ShortTile<OneVector>.height
      ? MediumTile<OneVector>.height : ShortTile<OneVector>.height
}

/// The `Tile.height x Tile.Columns.width` sums over `count` steps.
///
/// Row `i` of the left operand at step `k` is `a[i * rowStride + k * stepStride]`; the columns of the
/// right operand at step `k` start at `b + k * columnStride`.
@inline(__always)
func computeTile<Tile: ProductTile>(
  _: Tile.Type, _ a: UnsafePointer<Float>, rowStride: Int, stepStride: Int,
  _ b: UnsafePointer<Float>, columnStride: Int, count: Int
) -> Tile {
  var tile = Tile()
  var a = a
  var b = b
  for _ in 0..<count {
    tile.add(a, stride: rowStride, times: Tile.Columns(loading: b))
    a += stepStride
    b += columnStride
  }
  return tile
}

/// The same with `a` one word per step, which asks for words that are needed later now and then.
@inline(__always)
func computeTile<Tile: ProductTile>(
  _: Tile.Type, _ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>,
  columnStride: Int, count: Int, ahead: inout WordsAhead
) -> Tile {
  var tile = Tile()
  var a = a
  var b = b
  var following = ahead
  @inline(__always) func addStep() {
    tile.add(a, stride: rowStride, times: Tile.Columns(loading: b))
    a += 1
    b += columnStride
  }
  for _ in 0..<count / WordsAhead.stepsPerTurn {
    addStep()
    addStep()
    addStep()
    addStep()
    following.advance()
  }
  for _ in 0..<count % WordsAhead.stepsPerTurn { addStep() }
  ahead = following
  return tile
}

/// The same for a left operand in segments of at most `segment` neighbouring steps, which begin
/// `segmentStride` apart.
@inline(__always)
func computeTile<Tile: ProductTile>(
  _: Tile.Type, _ a: UnsafePointer<Float>, rowStride: Int, segment: Int, segmentStride: Int,
  _ b: UnsafePointer<Float>, columnStride: Int, count: Int
) -> Tile {
  var tile = Tile()
  var start = a
  var b = b
  var rest = count
  while rest > 0 {
    var a = start
    for _ in 0..<min(rest, segment) {
      tile.add(a, stride: rowStride, times: Tile.Columns(loading: b))
      a += 1
      b += columnStride
    }
    start += segmentStride
    rest -= segment
  }
  return tile
}
