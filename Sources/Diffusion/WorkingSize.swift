import Platform

/// The size at which a picture is worked on.
public struct WorkingSize: Hashable, Sendable {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The size that the references' tools fit a picture to: both sides multiples of `multiple`, the
  /// short one rounded up, the long one following in proportion and rounded down, so that it can
  /// exceed `resolution`.
  ///
  /// With the short side s and the long side l: `k = ceil(s * resolution / (multiple * l))`, then
  /// `multiple * k` and `multiple * floor(l * k / s)`.
  ///
  /// Deviates: whole numbers throughout, where the references' floating-point floor loses a
  /// multiple for some sizes (a square of side 98 gives 192 instead of 256 there).
  ///
  /// - Parameter resolution: the wanted long side.
  /// - Throws: ``ReportableError`` (`usage`, `badData`) for a resolution below `multiple`, an empty
  ///   picture, or one so elongated that the result would have over `maximumPixelCount` pixels.
  public init(
    fitting width: Int, by height: Int, resolution: Int, multiple: Int,
    maximumPixelCount: Int = 1 << 24
  ) throws {
    require(multiple > 0, "sizes can't be multiples of \(multiple)")
    guard multiple...1 << 16 ~= resolution else {
      throw ReportableError(
        .usage, "resolution \(resolution) is not within \(multiple)...\(1 << 16)")
    }
    guard 1...1 << 30 ~= width, 1...1 << 30 ~= height else {
      throw ReportableError(.badData, "a picture of \(width) x \(height) pixels can't be used")
    }
    let short = min(width, height)
    let long = max(width, height)
    let divisor = multiple * long
    let shortUnits = (short * resolution + divisor - 1) / divisor
    let longUnits = long * shortUnits / short
    guard longUnits * multiple <= maximumPixelCount / (shortUnits * multiple) else {
      throw ReportableError(
        .badData,
        "a picture of \(width) x \(height) pixels is too elongated for resolution \(resolution); "
          + "crop it or choose a lower resolution")
    }
    let shortSide = shortUnits * multiple
    let longSide = longUnits * multiple
    self.init(
      width: width < height ? shortSide : longSide, height: width < height ? longSide : shortSide)
  }
}
