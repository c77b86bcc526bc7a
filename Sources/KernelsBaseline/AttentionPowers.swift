extension AttentionPanels {
  /// Turns the scores of the panel that begins with the block's query `first` into powers of two
  /// about the new maxima, adds these up, and notes by how much everything older has to shrink.
  @inline(never)
  func takePowers<Columns: ScoreColumns>(_: Columns.Type, first: Int, keyCount: Int) {
    let stride = Self.panelWidth
    let older = Columns(loading: maxima + first)
    // Two maxima, because each step waits for the one before it.
    var maximum = older
    var other = older
    var row = UnsafePointer(scores)
    for _ in 0..<keyCount / 2 {
      maximum.takeLarger(Columns(loading: row))
      other.takeLarger(Columns(loading: row + stride))
      row += 2 &* stride
    }
    if keyCount % 2 != 0 { maximum.takeLarger(Columns(loading: row)) }
    maximum.takeLarger(other)

    var sum = Columns()
    var target = scores
    for _ in 0..<keyCount {
      let power = Columns(loading: target).powers(about: maximum)
      power.write(to: target)
      sum.add(power)
      target += stride
    }

    let factor = older.powers(about: maximum)
    maximum.write(to: maxima + first)
    factor.write(to: factors)
    var total = Columns(loading: sums + first)
    total.scale(by: factor)
    total.add(sum)
    total.write(to: sums + first)
    if Arithmetic.stepsPerWord > 1 { pairPowers(keyCount) }
  }

  /// Rounds `keyCount` rows of powers to words of two keys.
  @inline(__always)
  private func pairPowers(_ keyCount: Int) {
    let stride = Self.panelWidth
    for key in Swift.stride(from: 0, to: keyCount, by: 2) {
      let row = scores + key &* stride
      for column in Swift.stride(from: 0, to: stride, by: vectorWidth) {
        let next = key &+ 1 < keyCount ? load(row + (stride &+ column)) : .zero
        store(
          brainFloatPairs(load(row + column), next), scores + (key / 2 &* stride &+ column))
      }
    }
  }
}

/// Columns of scores, in units of ln 2.
protocol ScoreColumns: ScalableColumns {
  /// Keeps the larger of each pair of lanes; NaN in `columns` gives way.
  mutating func takeLarger(_ columns: Self)
  /// `2^(x - maximum)` of every `x`, none of which is above its `maximum`.
  func powers(about maximum: Self) -> Self
}

extension SingleColumns: ScoreColumns where Element == Vector, Arithmetic == FloatArithmetic {
  @inline(__always) mutating func takeLarger(_ columns: Self) {
    first = vectorMax(first, columns.first)
  }

  @inline(__always) func powers(about maximum: Self) -> Self {
    Self(first: vectorPowerOfTwo(first - maximum.first))
  }
}

extension DoubleColumns: ScoreColumns where Element == Vector, Arithmetic == FloatArithmetic {
  @inline(__always) mutating func takeLarger(_ columns: Self) {
    first = vectorMax(first, columns.first)
    second = vectorMax(second, columns.second)
  }

  @inline(__always) func powers(about maximum: Self) -> Self {
    Self(
      first: vectorPowerOfTwo(first - maximum.first),
      second: vectorPowerOfTwo(second - maximum.second))
  }
}
