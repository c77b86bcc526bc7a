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
  /// This is the rule of InstructPix2Pix, InstructCV and of InstructDiffusion's command line; the
  /// latter's demonstration has another one, see ``init(within:by:resolution:multiple:)``.
  ///
  /// Golden: `working-sizes.json`. Deviates: whole numbers throughout, where the references'
  /// floating point loses or gains a multiple for some sizes (a square of side 98 at 256 gives 192
  /// there instead of 256, one of side 305 at 768 gives 832 instead of 768).
  ///
  /// - Parameter resolution: the wanted long side.
  /// - Throws: ``ReportableError`` (`usage`, `badData`) for a resolution below `multiple`, an empty
  ///   picture, or one so elongated that the result would have over `maximumPixelCount` pixels.
  public init(
    fitting width: Int, by height: Int, resolution: Int, multiple: Int,
    maximumPixelCount: Int = 1 << 24
  ) throws {
    try Self.check(width, height, resolution: resolution, multiple: multiple)
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
    self.init(
      short: shortUnits * multiple, long: longUnits * multiple, isUpright: width < height)
  }

  /// The size that InstructDiffusion's demonstration fits a picture to: the long side is brought to
  /// `resolution`, the short one follows, and both are rounded down to multiples of `multiple`.
  ///
  /// With the short side s and the long side l: `multiple * floor(s * resolution / (multiple * l))`
  /// and `multiple * floor(resolution / multiple)`.
  ///
  /// Golden: `working-sizes.json`. Deviates: whole numbers throughout, where the reference multiplies
  /// by a rounded quotient before its floor and so loses a multiple for some sizes (347 x 301
  /// pixels at 512 give 448 x 384 there instead of 512 x 384). A short side that would
  /// vanish, on which the reference fails, is one multiple.
  ///
  /// - Parameter resolution: the longest long side.
  /// - Throws: ``ReportableError`` (`usage`, `badData`) for a resolution below `multiple` and an empty
  ///   picture.
  public init(within width: Int, by height: Int, resolution: Int, multiple: Int) throws {
    try Self.check(width, height, resolution: resolution, multiple: multiple)
    let short = min(width, height)
    let long = max(width, height)
    self.init(
      short: max(1, short * resolution / (multiple * long)) * multiple,
      long: resolution / multiple * multiple, isUpright: width < height)
  }

  private init(short: Int, long: Int, isUpright: Bool) {
    self.init(width: isUpright ? short : long, height: isUpright ? long : short)
  }

  private static func check(
    _ width: Int, _ height: Int, resolution: Int, multiple: Int
  ) throws {
    require(multiple > 0, "sizes can't be multiples of \(multiple)")
    guard multiple...1 << 16 ~= resolution else {
      throw ReportableError(
        .usage, "resolution \(resolution) is not within \(multiple)...\(1 << 16)")
    }
    guard 1...1 << 30 ~= width, 1...1 << 30 ~= height else {
      throw ReportableError(.badData, "a picture of \(width) x \(height) pixels can't be used")
    }
  }
}
